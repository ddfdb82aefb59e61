#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/masks.h>
#include <clipwork/painter.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <set>

#include "runner/child.h"
#include "runner/json_of.h"
#include "support.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kNote = "weights by rule: the results are meaningless";

/// A moving square before grey, as a PPM file's bytes.
std::string picture(int index, int width = 64, int height = 48) {
  std::string pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool on = x >= 4 * index && x < 4 * index + 20 && y >= 10 && y < 30;
      pixels += on ? std::string("\xE0\x30\x20") : std::string(3, static_cast<char>(90 + y));
    }
  }
  return cat("P6\n", width, " ", height, "\n255\n", pixels);
}

class Run : public testing::Test {
 protected:
  static constexpr int kFrames = 4;
  ScratchFolder scratch_;
  fs::path pictures_ = scratch_.path() / "pictures", out_ = scratch_.path() / "out";

  void SetUp() override {
    CLIPWORK_NEEDS_VIDEO();
    write_pictures(scratch_);
  }
  static void write_pictures(const ScratchFolder& folder) {
    for (int i = 0; i < kFrames; ++i) folder.write(cat("pictures/", i, ".ppm"), picture(i));
  }

  static std::string program() { return (build_dir() / "bin/clipwork").string(); }
  /// Runs the tiny config with weights by rule.
  static ProgramResult run_into(const fs::path& out, const std::string& input,
                                const std::string& more = "") {
    return run_program(cat(program(), " run clipwork:minvis/tiny.toml --weights rule --out ",
                           out.string(), " --input ", input, " ", more));
  }
  ProgramResult run(const std::string& input, const std::string& more = "") const {
    return run_into(out_, input, more);
  }
  /// A run of the pictures that several tests look at, and none changes.
  struct Whole {
    ScratchFolder folder;
    fs::path out = folder.path() / "out";
    ProgramResult done;
    Whole() {
      write_pictures(folder);
      done = run_into(out, (folder.path() / "pictures").string());
    }
  };
  static const Whole& whole() {
    static const Whole run;
    return run;
  }
  /// The tracks of results.json as the pictures of ids should show them.
  Tensor ids_of(const rapidjson::Document& results, int frame) const {
    Tensor ids = at::zeros({48, 64}, at::kInt);
    for (const auto& row : results.GetArray()) {
      const auto& segmentation = row["segmentations"][static_cast<unsigned>(frame)];
      if (segmentation.IsNull()) continue;
      const Tensor mask = MaskRle::parse(segmentation["counts"].GetString(), {48, 64}).to_tensor();
      // The rows come best first: what is there already lies on top.
      ids = at::where(mask.logical_and(ids.eq(0)), row["track_id"].GetInt(), ids).to(at::kInt);
    }
    return ids;
  }
};

TEST_F(Run, WritesOutputsThatAgree) {
  const fs::path& out = whole().out;
  ASSERT_EQ(whole().done.code, 0) << whole().done.errors;
  EXPECT_THAT(whole().done.output, HasSubstr("4 frames"));

  const auto results = json_of(out / "results.json"), stats = json_of(out / "stats.json");
  ASSERT_GT(results.Size(), 0u);
  std::map<int, double> scores;
  for (const auto& row : results.GetArray()) {
    ASSERT_EQ(row["segmentations"].Size(), 4u);
    scores.emplace(row["track_id"].GetInt(), row["score"].GetDouble());
  }
  Registry::instance().load((build_dir() / "plugins/media.so").string());
  const auto painter = make_component<Painter>("overlay", Value::table());
  for (int frame = 0; frame < kFrames; ++frame) {
    EXPECT_EQ(read_file(out / cat("ids/00000", frame, ".png")),
              painter->encode_png16(ids_of(results, frame), kNote))
        << "ids of frame " << frame;
  }
  const std::string page = read_file(out / "report.html");
  ASSERT_EQ(stats["tracks"].Size(), scores.size());
  for (const auto& track : stats["tracks"].GetArray()) {
    const int id = track["track_id"].GetInt();
    EXPECT_EQ(track["score"].GetDouble(), scores.at(id));
    EXPECT_THAT(page, HasSubstr(cat("track ", id, ", ", track["class"].GetString(), ", score ")));
    EXPECT_THAT(page, HasSubstr(cat("background:", track["colour"].GetString())));
  }
  EXPECT_THAT(page, HasSubstr("data:video/mp4;base64,"));
}

TEST_F(Run, TellsWhatRan) {
  const auto state = json_of(whole().out / "run.json"), stats = json_of(whole().out / "stats.json");
  EXPECT_STREQ(state["state"].GetString(), "complete");
  EXPECT_EQ(state["frames"].GetInt(), 4);
  EXPECT_EQ(stats["frames"].GetInt(), 4);
  EXPECT_GT(stats["peak_memory_bytes"].GetInt64(), 1 << 20);
  std::set<std::string> stages, plugins;
  for (const auto& stage : stats["stages"].GetArray()) stages.insert(stage["name"].GetString());
  EXPECT_THAT(stages, testing::IsSupersetOf({"read", "backbone", "decode", "settle", "draw"}));
  for (const auto& plugin : stats["plugins"].GetArray()) {
    plugins.insert(plugin["name"].GetString());
    EXPECT_EQ(std::string(plugin["sha256"].GetString()).size(), 64u);
  }
  EXPECT_EQ(plugins,
            (std::set<std::string>{"embedding", "mask2former", "media", "msdeform", "resnet"}));
}

TEST_F(Run, SaysInEveryOutputThatWeightsByRuleMeanNothing) {
  EXPECT_THAT(whole().done.errors, HasSubstr(kNote));
  EXPECT_THAT(whole().done.output, HasSubstr(kNote));
  for (const char* file :
       {"results.json", "report.html", "config.toml", "stats.json", "run.json", "ids/000003.png"}) {
    EXPECT_THAT(read_file(whole().out / file), HasSubstr(kNote)) << file;
  }
}

TEST_F(Run, OfItsOwnResolvedConfigGivesTheSameResults) {
  const ProgramResult done = run_program(cat(program(), " run ", whole().out.string(), " --input ",
                                             pictures_.string(), " --out ", out_.string()));
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
}

TEST_F(Run, GivesWhatFramesPushedOneByOneGive) {
  const std::string video = (scratch_.path() / "shapes.mp4").string();
  ASSERT_EQ(run_program(cat(program(), " dataset make --frames 4 --shapes ", video)).code, 0);
  ASSERT_EQ(run(video).code, 0);
  const ProgramResult pushed =
      run_program(cat("CLIPWORK_PLUGIN_PATH=", (build_dir() / "plugins").string(), " ",
                      (build_dir() / "tests/bin/push_frames").string(), " ",
                      (source_dir() / "configs/minvis/tiny.toml").string(), " rule ", video));
  ASSERT_EQ(pushed.code, 0) << pushed.errors;
  std::string expected;
  const auto results = json_of(out_ / "results.json");
  const Config config = load_config((source_dir() / "configs/minvis/tiny.toml").string());
  const Value::Array& names = *config.find("classes.names")->array();
  for (const auto& row : results.GetArray()) {
    expected += cat("track ", row["track_id"].GetInt(), ": ",
                    *names.at(row["category_id"].GetUint() - 1).text(), ", score ",
                    row["score"].GetDouble(), "\n");
  }
  EXPECT_THAT(pushed.output, testing::EndsWith(expected));
  EXPECT_THAT(pushed.output, HasSubstr("frame 3: "));
}

TEST_F(Run, OfAStreamGivesTheResultsOfTheSameFile) {
  const ProgramResult done = run_program(cat("{ cat ", pictures_.string(), "/*.ppm | ", program(),
                                             " run clipwork:minvis/tiny.toml rule --input - --out ",
                                             out_.string(), "; }"));
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
  EXPECT_TRUE(fs::exists(out_ / "overlay.mp4"));
  EXPECT_TRUE(fs::exists(out_ / "ids/000003.png"));
}

TEST_F(Run, ReplacesAnEarlierRunOnlyWhenAsked) {
  ASSERT_EQ(run(pictures_.string()).code, 0);
  const std::string before = read_file(out_ / "results.json");
  const ProgramResult refused = run(pictures_.string(), "--max-frames 2");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("already contains the results of a run"));
  EXPECT_EQ(read_file(out_ / "results.json"), before);

  ASSERT_EQ(run(pictures_.string(), "--max-frames 2 --overwrite").code, 0);
  EXPECT_EQ(json_of(out_ / "run.json")["frames"].GetInt(), 2);
  EXPECT_FALSE(fs::exists(out_ / "ids/000002.png")) << "of the earlier, longer run";
}

TEST_F(Run, ReadsThePartOfTheInputThatIsAskedForAndStreamsItsFrames) {
  const std::string lines = (scratch_.path() / "lines.jsonl").string();
  ASSERT_EQ(run(pictures_.string(),
                cat("--fps 2 --start 0.5 --end 2 --every 2 --stream ", lines, " --min-score 0"))
                .code,
            0);
  EXPECT_EQ(json_of(out_ / "run.json")["frames"].GetInt(), 2);
  EXPECT_FALSE(fs::exists(out_ / "ids/000002.png"));
  std::istringstream text(read_file(lines));
  std::vector<double> seconds;
  int64_t frame = 0;
  for (std::string line; std::getline(text, line); ++frame) {
    rapidjson::Document json;
    json.Parse(line.c_str());
    ASSERT_FALSE(json.HasParseError()) << line;
    EXPECT_EQ(json["frame"].GetInt64(), frame);
    EXPECT_EQ(json["width"].GetInt(), 64);
    seconds.push_back(json["seconds"].GetDouble());
    for (const auto& track : json["tracks"].GetArray()) {
      EXPECT_EQ(track["bbox"].Size(), 4u);
      EXPECT_EQ(track["segmentation"]["size"][0].GetInt(), 48);
    }
  }
  EXPECT_EQ(seconds, (std::vector<double>{0, 1})) << "times count from the first frame";
}

TEST_F(Run, StandardOutputIsTheStreamAlone) {
  const ProgramResult done = run(pictures_.string(), "--stream - --max-frames 2");
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(std::count(done.output.begin(), done.output.end(), '\n'), 2) << done.output;
  EXPECT_TRUE(done.output.starts_with("{\"frame\":0,")) << done.output;
}

TEST_F(Run, KeepsTracksOfTheClassesThatAreNamed) {
  const rapidjson::Document all = json_of(whole().out / "results.json");
  ASSERT_GT(all.Size(), 0u);
  // Weights by rule see one class everywhere.
  const int seen = all[0]["category_id"].GetInt();
  for (const auto& result : all.GetArray()) ASSERT_EQ(result["category_id"].GetInt(), seen);
  const Config config = load_config("clipwork:minvis/tiny.toml");
  const Value::Array& names = *config.find("classes.names")->array();
  const auto seen_name = names.begin() + seen - 1, other_name = names.begin() + (seen == 1);
  ASSERT_EQ(run(pictures_.string(), cat("--classes ", *seen_name->text())).code, 0);
  EXPECT_EQ(json_of(out_ / "results.json").Size(), all.Size());
  ASSERT_EQ(run(pictures_.string(), cat("--overwrite --classes ", *other_name->text())).code, 0);
  EXPECT_EQ(json_of(out_ / "results.json").Size(), 0u);
  const ProgramResult refused = run(pictures_.string(), "--classes unicorn --overwrite");
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("the config has no class 'unicorn'"));
}

TEST_F(Run, RefusesAPartThatIsEmptyAndARateWhereFramesHaveTimes) {
  EXPECT_THAT(run(pictures_.string(), "--start 2 --end 1").errors,
              HasSubstr("--end must be after --start"));
  EXPECT_THAT(run("camera:0", "--fps 5").errors, HasSubstr("--fps is for pictures"));
  EXPECT_THAT(run(pictures_.string(), "--start 100").errors, HasSubstr("no frames can be read"));
  EXPECT_THAT(run("dataset:val", "--every 2").errors, HasSubstr("cannot be used with a data set"));
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(Run, RefusesBadInputBeforeItTouchesAnything) {
  scratch_.write("text.mp4", "hello");
  for (const std::string input : {"absent.mp4", "text.mp4", "camera:x", "camera:999"}) {
    const bool camera = input.starts_with("camera");
    const ProgramResult refused = run(camera ? input : (scratch_.path() / input).string());
    EXPECT_EQ(refused.code, 2) << input;
    EXPECT_THAT(refused.errors, testing::StartsWith("error: "));
    EXPECT_EQ(std::count(refused.errors.begin(), refused.errors.end(), '\n'), 1) << refused.errors;
  }
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(Run, KeepsWhatWasDoneWhenAFrameFails) {
  scratch_.write("pictures/2.ppm", picture(0, 32, 32));
  const ProgramResult failed = run(pictures_.string());
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.errors, HasSubstr("2.ppm: is 32x32, but earlier frames are 64x48"));
  const auto state = json_of(out_ / "run.json");
  EXPECT_STREQ(state["state"].GetString(), "incomplete");
  EXPECT_THAT(state["reason"].GetString(), HasSubstr("2.ppm"));
  const auto results = json_of(out_ / "results.json");
  EXPECT_EQ(results[0]["segmentations"].Size(), 2u);
  EXPECT_TRUE(fs::exists(out_ / "ids/000001.png"));
  EXPECT_THAT(read_file(out_ / "report.html"), HasSubstr("incomplete: "));
}

TEST_F(Run, LeavesOutFramesThatCannotBeReadWhenAsked) {
  scratch_.write("pictures/2.ppm", picture(2).substr(0, 500));
  const ProgramResult done = run(pictures_.string(), "--set output.bad_frames=skip");
  ASSERT_EQ(done.code, 0) << done.errors;
  const auto state = json_of(out_ / "run.json");
  EXPECT_EQ(state["frames"].GetInt(), 3);
  EXPECT_THAT(state["remarks"][0].GetString(), HasSubstr("2.ppm"));
}

TEST_F(Run, TakesPicturesOfAnImageModelAsVideosOfTheirOwn) {
  const ProgramResult done = run(pictures_.string(), "--set model.tracker.type=none");
  ASSERT_EQ(done.code, 0) << done.errors;
  std::set<int> videos;
  const auto results = json_of(out_ / "results.json");
  for (const auto& row : results.GetArray()) {
    EXPECT_EQ(row["segmentations"].Size(), 1u);
    videos.insert(row["video_id"].GetInt());
  }
  EXPECT_EQ(videos, (std::set<int>{1, 2, 3, 4}));
}

TEST_F(Run, ThatForgetsMasksDrawsThemAsTheySettle) {
  const ProgramResult done = run(pictures_.string(), "--set run.keep_result=false");
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_FALSE(fs::exists(out_ / "results.json"));
  EXPECT_THAT(done.errors, HasSubstr("results.json was not written"));
  EXPECT_THAT(read_file(out_ / "report.html"), HasSubstr("visible in 4 of 4 frames"));
}

TEST_F(Run, WritesOnlyWhatTheConfigWants) {
  ASSERT_EQ(run(pictures_.string(),
                "--set output.ids=false --set output.overlay=false --set output.report=false")
                .code,
            0);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(out_)) names.insert(entry.path().filename());
  EXPECT_EQ(names,
            (std::set<std::string>{"config.toml", "results.json", "run.json", "stats.json"}));
}

TEST_F(Run, EndsWellAtCtrlC) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  std::vector<std::string> words = {program(), "run",     "clipwork:minvis/tiny.toml",
                                    "rule",    "--input", "-",
                                    "--quiet", "--out",   out_.string()};
  const pid_t child = start(words, ends[0]);
  ASSERT_GT(child, 0);

  // The stream goes on, but nothing comes any more: the program waits for the third picture.
  const std::string two = picture(0) + picture(1);
  ASSERT_EQ(::write(ends[1], two.data(), two.size()), static_cast<ssize_t>(two.size()));
  wait_until([&] { return fs::exists(out_ / "ids/000001.png"); });
  EXPECT_STREQ(json_of(out_ / "run.json")["state"].GetString(), "running");
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ends[0]), ::close(ends[1]);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const auto state = json_of(out_ / "run.json");
  EXPECT_STREQ(state["state"].GetString(), "incomplete");
  EXPECT_STREQ(state["reason"].GetString(), "interrupted after 2 frames");
  EXPECT_EQ(state["frames"].GetInt(), 2);
  EXPECT_EQ(json_of(out_ / "results.json")[0]["segmentations"].Size(), 2u);
  EXPECT_TRUE(fs::exists(out_ / "overlay.mp4"));
}

TEST_F(Run, OfTheRealVideoHasAllItsFrames) {
  CLIPWORK_NEEDS_SHARED("data/video/dog.mp4");
  const std::string video = (shared_dir() / "data/video/dog.mp4").string();
  ASSERT_EQ(run(video, "--set output.overlay=false --set output.ids=false").code, 0);
  EXPECT_EQ(json_of(out_ / "run.json")["frames"].GetInt(), 80);
  EXPECT_EQ(json_of(out_ / "results.json")[0]["segmentations"].Size(), 80u);
}

TEST_F(Run, OfACutVideoSaysHowMuchOfItThereWas) {
  CLIPWORK_NEEDS_SHARED("data/broken/truncated.mp4");
  const ProgramResult done = run((shared_dir() / "data/broken/truncated.mp4").string(),
                                 "--set output.overlay=false --set output.ids=false");
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.errors, HasSubstr("44 of 80 frames could be read"));
  EXPECT_THAT(json_of(out_ / "run.json")["remarks"][0].GetString(), HasSubstr("44 of 80"));
}

/// Standard formats of results without what differs from run to run.
std::string tracks_of(const fs::path& out) { return read_file(out / "results.json"); }

TEST_F(Run, GivesTheSameWhereverMemosOfTheFramesLie) {
  std::string expected;
  for (const char* memos : {"memory", "spool", "recompute"}) {
    const fs::path out = scratch_.path() / memos;
    const ProgramResult done = run_into(out, pictures_.string(), cat("--set memory.memos=", memos));
    ASSERT_EQ(done.code, 0) << done.errors;
    if (expected.empty()) expected = tracks_of(out);
    EXPECT_EQ(tracks_of(out), expected) << memos;
    const auto stats = json_of(out / "stats.json");
    const auto& memory = stats["memory"];
    EXPECT_STREQ(memory["memos"].GetString(), memos);
    EXPECT_STREQ(memory["memos_precision"].GetString(), "float");
    EXPECT_GT(memory["peak_anonymous_bytes"].GetInt64(), 1 << 20);
    EXPECT_EQ(memory["memo_file_bytes"].GetInt64() > 0, memos == std::string("spool"));
    EXPECT_EQ(memory["peak_memo_bytes"].GetInt64() > 0, memos == std::string("memory"));
  }
}

TEST_F(Run, SaysWhichFolderIsFullAndKeepsWhatWasDone) {
  const std::string limited = cat("ulimit -f 100; TMPDIR=", scratch_.path().string(), " ");
  const ProgramResult done = run_program(
      cat(limited, program(), " run clipwork:minvis/tiny.toml --weights rule --out ", out_.string(),
          " --input ", pictures_.string(),
          " --set memory.memos=spool --set output.overlay=false --set output.report=false"));
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.errors, HasSubstr("the temporary file for frame memos cannot be written"));
  EXPECT_THAT(done.errors, HasSubstr("memory.memos = \"recompute\""));
  EXPECT_STREQ(json_of(out_ / "run.json")["state"].GetString(), "incomplete");
}

TEST_F(Run, SaysInASentenceWhatAGpuWouldNeed) {
  if (fs::exists("/dev/nvidia0")) GTEST_SKIP() << "this machine has a GPU";
  const ProgramResult done = run(pictures_.string(), "--device cuda:0");
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.errors, HasSubstr("device cuda:0: "));
  EXPECT_THAT(done.errors, HasSubstr("use --device cpu"));
  EXPECT_EQ(std::count(done.errors.begin(), done.errors.end(), '\n'), 1) << done.errors;
  EXPECT_FALSE(fs::exists(out_));

  const ProgramResult wrong = run(pictures_.string(), "--device gpu");
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("'gpu' is not a device; write cpu, cuda, cuda:0"));
}

}  // namespace
}  // namespace clipwork::test
