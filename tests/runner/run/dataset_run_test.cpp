// A pipeline over a data set: `clipwork run CONFIG --input dataset:SPLIT` and `clipwork eval
// CONFIG`.

#include <clipwork/data/picture_dataset.h>
#include <clipwork/host/ground_truth.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/index_picture.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <algorithm>

#include "plugins/datasets/dataset_files.h"
#include "runner/child.h"
#include "runner/json_of.h"
#include "runner/run_here.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

ProgramResult run(std::vector<std::string> arguments) { return test::run_here(arguments); }

std::string tiny() { return (source_dir() / "configs/minvis/tiny.toml").string(); }

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// The first three videos of the synthetic data set, made small: seconds for all.
std::vector<std::string> eval_into(const fs::path& out) {
  return {"eval",
          tiny(),
          "rule",
          "--set",
          "data.eval.videos=3",
          "--set",
          "preprocess.short_edge=32",
          "--out",
          out.string()};
}

/// A run that several tests look at, and none changes.
struct Whole {
  ScratchFolder folder;
  fs::path out = folder.path() / "out";
  ProgramResult done = run(eval_into(out));
};
const Whole& whole() {
  static const Whole run;
  return run;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class SplitRun : public testing::Test {
 protected:
  void SetUp() override { use_built_plugins(); }
  ScratchFolder scratch_;
  fs::path out_ = scratch_.path() / "out";

  /// A folder in YouTube-VIS's layout: two videos of two 8 x 6 frames, classes cat and dog.
  std::string write_folder(const std::string& annotations) const {
    for (const char* video : {"one", "two"}) {
      for (int t = 0; t < 2; ++t) {
        scratch_.write(cat("data/valid/JPEGImages/", video, "/", t, ".jpg"),
                       ppm(8, 6, char(9 * t)));
      }
    }
    scratch_.write("data/valid.json",
                   json("{'videos': [{'id': 7, 'width': 8, 'height': 6, 'length': 2, 'file_names': "
                        "['one/0.jpg', 'one/1.jpg']}, {'id': 9, 'width': 8, 'height': 6, 'length': "
                        "2, 'file_names': ['two/0.jpg', 'two/1.jpg']}], 'categories': [{'id': 3, "
                        "'name': 'Cat'}, {'id': 5, 'name': 'big dog'}]" +
                        annotations + "}"));
    return (scratch_.path() / "data").string();
  }
  std::vector<std::string> eval_folder(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"eval", tiny(), "rule", "--out", out_.string()};
    for (const char* set : {"data.eval.type=youtube_vis", "data.eval.split=valid",
                            "classes.names=['cat','big_dog']", "classes.ids=[3,5]"}) {
      arguments.insert(arguments.end(), {"--set", set});
    }
    arguments.insert(arguments.end(),
                     {"--set", cat("data.eval.path='", (scratch_.path() / "data").string(), "'")});
    return with(arguments, more);
  }
};

TEST_F(SplitRun, IsAnalysedFromItsFolderAndComparedWithAnother) {
  CLIPWORK_NEEDS_VIDEO();
  fs::copy(whole().out, out_, fs::copy_options::recursive);
  const std::string pages = (scratch_.path() / "analysis").string();
  const ProgramResult done = run(with(eval_into(out_), {"--analysis", pages, "--worst", "2"}));
  ASSERT_EQ(done.code, 0) << done.errors;
  const std::string page = read_file(fs::path(pages) / "evaluation.html");
  EXPECT_THAT(page, HasSubstr("src=\"data:image/jpeg;base64,"));
  EXPECT_THAT(page, Not(HasSubstr("The frames were not available")));
  const ProgramResult same = run({"eval", "--compare", out_.string(), whole().out.string()});
  ASSERT_EQ(same.code, 0) << same.errors;
  EXPECT_THAT(same.output, HasSubstr("videos: 0 differ"));
}

TEST_F(SplitRun, FromCppMeasuresTheSame) {
  const ProgramResult done =
      run_program(cat("CLIPWORK_PLUGIN_PATH=", (build_dir() / "plugins").string(), " ",
                      (build_dir() / "tests/bin/evaluate_dataset").string(), " ", tiny(), " rule ",
                      out_.string(), " data.eval.videos=3 preprocess.short_edge=32"));
  ASSERT_EQ(done.code, 0) << done.errors;
  const auto metrics = json_of(whole().out / "metrics.json");
  std::string expected = "3 of 3 videos\n";
  for (const char* name : {"AP", "AP50", "AR10"}) {
    expected += cat(name, " ", 100 * metrics["stats"][name].GetDouble(), "\n");
  }
  EXPECT_EQ(done.output, expected);
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
}

TEST_F(SplitRun, ScoresEveryVideoAndSaysWhatItRanOn) {
  ASSERT_EQ(whole().done.code, 0) << whole().done.errors;
  EXPECT_THAT(whole().done.output, HasSubstr("3 videos, "));
  EXPECT_THAT(whole().done.output, HasSubstr("AP50"));
  EXPECT_THAT(whole().done.output, HasSubstr("striped_fish"));
  EXPECT_THAT(whole().done.output, HasSubstr("weights by rule: the results are meaningless"));
  const auto state = json_of(whole().out / "run.json"), stats = json_of(whole().out / "stats.json");
  EXPECT_STREQ(state["state"].GetString(), "complete");
  EXPECT_EQ(state["videos"].GetInt(), 3);
  EXPECT_EQ(state["finished"].GetInt(), 3);
  std::vector<std::string> names;
  int64_t frames = 0;
  for (const auto& video : stats["videos"].GetArray()) {
    names.push_back(video["name"].GetString());
    frames += video["frames"].GetInt();
  }
  EXPECT_EQ(frames, state["frames"].GetInt());
  EXPECT_EQ(stats["frames"].GetInt(), frames);
  EXPECT_EQ(state["split_hash"].GetString(), Split::hash_of(names));
  EXPECT_TRUE(json_of(whole().out / "metrics.json")["stats"].HasMember("AP"));
}

TEST_F(SplitRun, TellsItsMemory) {
  const auto stats = json_of(whole().out / "stats.json");
  EXPECT_GT(stats["memory"]["bytes_per_frame"].GetInt64(), 0);
  EXPECT_GT(stats["memory"]["peak_anonymous_bytes"].GetInt64(), 1 << 20);
  EXPECT_STREQ(stats["memory"]["memos"].GetString(), "memory");
}

TEST_F(SplitRun, CostsStandBesideTheScoresOnlyIfTheyAreAskedForAndStayWhenItIsResumed) {
  for (const char* key : {"speed", "memory"}) {
    EXPECT_FALSE(json_of(whole().out / "metrics.json").HasMember(key)) << key;
  }
  const std::vector<std::string> words =
      with(eval_into(out_), {"--set", "data.eval.videos=1", "--costs"});
  const ProgramResult done = run(words);
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr(" frames per second\n"));
  const auto metrics = json_of(out_ / "metrics.json"), stats = json_of(out_ / "stats.json");
  const double fps = stats["frames_per_second"].GetDouble();
  EXPECT_NEAR(metrics["speed"]["fps"].GetDouble(), fps, 1e-9 * fps);
  EXPECT_EQ(metrics["memory"]["bytes_per_frame"].GetInt64(),
            stats["memory"]["bytes_per_frame"].GetInt64());
  EXPECT_FALSE(metrics["memory"].HasMember("longest_video"));
  const std::string before = read_file(out_ / "metrics.json");
  ASSERT_EQ(run(words).code, 0);
  EXPECT_EQ(read_file(out_ / "metrics.json"), before);
}

TEST_F(SplitRun, SearchesForTheLongestVideoWithinABudget) {
  const ProgramResult done =
      run(with(eval_into(out_), {"--set", "data.eval.videos=1", "--longest-video", "1"}));
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.errors, HasSubstr("a video of 8 frames needs more than 1 MB"));
  EXPECT_THAT(done.output, HasSubstr("the longest video within 1 MB has 0 frames"));
  const auto metrics = json_of(out_ / "metrics.json");
  EXPECT_EQ(metrics["memory"]["longest_video"].GetInt(), 0) << "the program alone needs more";
  EXPECT_EQ(metrics["memory"]["budget_mb"].GetInt(), 1);
}

TEST_F(SplitRun, OfClipsScoresEachWindowAsAVideoOfItsOwn) {
  std::vector<std::string> words =
      with(eval_into(out_), {"--set", "data.eval.videos=1", "--set", "window.length=3", "--clips"});
  words[1] = (source_dir() / "configs/novis/tiny.toml").string();
  const ProgramResult done = run(with(words, {"--frames"}));
  ASSERT_EQ(done.code, 0) << done.errors;
  const auto state = json_of(out_ / "run.json");
  const int64_t frames = state["frames"].GetInt64();
  EXPECT_EQ(state["videos"].GetInt64(), (frames + 2) / 3);
  EXPECT_STREQ(state["input"].GetString(),
               "dataset:subsequences of synthetic, profile ytvis_like, split val");
  const auto metrics = json_of(out_ / "metrics.json");
  EXPECT_TRUE(metrics["frames"]["stats"].HasMember("AP"));
  EXPECT_EQ(metrics["warnings"].Size(), 0u);
}

TEST_F(SplitRun, OfClipsNeedsWindowsOfAFixedLength) {
  const std::string vita = (source_dir() / "configs/vita/tiny.toml").string();
  const ProgramResult done = run({"eval", vita, "rule", "--clips", "--out", out_.string()});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.errors, HasSubstr("--clips needs windows of a fixed length"));
}

TEST_F(SplitRun, GivesResultsThatTheEvaluatorAndAServerTake) {
  const auto dataset = open("synthetic", {{"split", "val"}, {"videos", 3}});
  write_annotations(scratch_.path() / "gt.json", to_annotations(*dataset));
  const std::string truth = (scratch_.path() / "gt.json").string();
  const std::string zip = (whole().out / "submission.zip").string();
  const ProgramResult checked = run({"eval", "--check", zip, "--against", truth});
  EXPECT_EQ(checked.code, 0) << checked.output << checked.errors;
  const std::string numbers = (scratch_.path() / "numbers.json").string();
  const ProgramResult scored = run({"eval", "--gt", truth, "--results", zip, "--json", numbers});
  EXPECT_EQ(scored.code, 0) << scored.errors;
  EXPECT_EQ(read_file(numbers), read_file(whole().out / "metrics.json"));
}

TEST_F(SplitRun, OfRunAndOfEvalIsTheSame) {
  const ProgramResult done =
      run({"run", tiny(), "rule", "--set", "data.eval.videos=3", "--set",
           "preprocess.short_edge=32", "--input", "dataset:val", "--out", out_.string()});
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
}

TEST_F(SplitRun, OfItsOwnResolvedConfigGivesTheSameResults) {
  const ProgramResult done = run({"eval", whole().out.string(), "--out", out_.string()});
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
  EXPECT_EQ(read_file(out_ / "metrics.json"), read_file(whole().out / "metrics.json"));
}

TEST_F(SplitRun, OfShardsInOneFolderIsThatOfTheWhole) {
  for (const char* shard : {"2/2", "1/2"}) {
    const ProgramResult done = run(with(eval_into(out_), {"--shard", shard}));
    ASSERT_EQ(done.code, 0) << done.errors;
    EXPECT_THAT(done.output, HasSubstr(cat("shard ", shard)));
    EXPECT_FALSE(fs::exists(out_ / "results.json")) << "a shard does not know of the others";
  }
  EXPECT_EQ(json_of(out_ / "shards/1_of_2/run.json")["finished"].GetInt(), 2);
  EXPECT_EQ(json_of(out_ / "shards/2_of_2/run.json")["finished"].GetInt(), 1);
  const ProgramResult joined = run(eval_into(out_));
  ASSERT_EQ(joined.code, 0) << joined.errors;
  EXPECT_THAT(joined.errors, HasSubstr("3 of 3 videos are already finished"));
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
  EXPECT_EQ(read_file(out_ / "metrics.json"), read_file(whole().out / "metrics.json"));
}

TEST_F(SplitRun, TakesVideosThatWereFinishedElsewhere) {
  fs::create_directories(out_ / "videos");
  const fs::path part = whole().out / "videos/000002.jsonl";
  fs::copy_file(part, out_ / "videos/000002.jsonl");
  const ProgramResult done = run(eval_into(out_));
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.errors, HasSubstr("1 of 3 videos are already finished"));
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
}

TEST_F(SplitRun, RunsADamagedVideoAgain) {
  for (const auto& entry : fs::directory_iterator(whole().out / "videos")) {
    const std::string text = read_file(entry.path());
    const bool cut = entry.path().filename() == "000003.jsonl";
    scratch_.write(cat("out/videos/", entry.path().filename().string()),
                   cut ? text.substr(0, text.size() / 2) : text);
  }
  const ProgramResult done = run(eval_into(out_));
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.errors, HasSubstr("000003.jsonl: is damaged"));
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
}

TEST_F(SplitRun, RefusesToMixConfigsWeightsAndData) {
  ASSERT_EQ(run(with(eval_into(out_), {"--shard", "3/3"})).code, 0);
  const ProgramResult config = run(with(eval_into(out_), {"--set", "tracks.top_k=4"}));
  EXPECT_EQ(config.code, 2);
  EXPECT_THAT(config.errors, HasSubstr("in the folder tracks.top_k = 5, now tracks.top_k = 4"));
  std::vector<std::string> other = eval_into(out_);
  other.insert(other.end(), {"--set", "data.eval.profile=ovis_like"});
  const ProgramResult data = run(other);
  EXPECT_EQ(data.code, 2);
  EXPECT_THAT(data.errors, HasSubstr("was finished on other data"));
  EXPECT_THAT(data.errors, HasSubstr("--overwrite"));
  EXPECT_EQ(names_in(out_ / "videos"), (std::vector<std::string>{"000003.jsonl"})) << "untouched";

  const ProgramResult replaced = run(with(
      eval_into(out_), {"--set", "tracks.top_k=4", "--set", "data.eval.videos=1", "--overwrite"}));
  EXPECT_EQ(replaced.code, 0) << replaced.errors;
  EXPECT_EQ(names_in(out_ / "videos"), (std::vector<std::string>{"000001.jsonl"}));
  EXPECT_FALSE(fs::exists(out_ / "shards"));
}

TEST_F(SplitRun, TakesVideosThatOtherThreadsAndOutputsMade) {
  ASSERT_EQ(run(with(eval_into(out_), {"--shard", "3/3"})).code, 0);
  const ProgramResult again = run(with(eval_into(out_), {"--shard", "3/3", "--set", "run.threads=2",
                                                         "--set", "output.overlay=false"}));
  EXPECT_EQ(again.code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("1 of 1 videos are already finished"));
}

TEST_F(SplitRun, FinishedVideosKnowThePluginsThatMadeThem) {
  std::ifstream stream(whole().out / "videos/000001.jsonl");
  std::string line;
  std::getline(stream, line);
  rapidjson::Document head;
  ASSERT_FALSE(head.Parse(line.c_str()).HasParseError()) << line;
  const auto stats = json_of(whole().out / "stats.json");
  for (const char* name : {"resnet", "embedding", "synthetic"}) {
    ASSERT_TRUE(head["plugins"].HasMember(name)) << line;
    EXPECT_EQ(head["plugins"][name].GetStringLength(), 64u);
  }
  for (const auto& plugin : stats["plugins"].GetArray()) {
    const auto found = head["plugins"].FindMember(plugin["name"].GetString());
    if (found == head["plugins"].MemberEnd()) continue;
    EXPECT_STREQ(found->value.GetString(), plugin["sha256"].GetString());
  }
}

TEST_F(SplitRun, InterruptedKeepsFinishedVideosAndGoesOn) {
  std::vector<std::string> words = eval_into(out_);
  words.insert(words.begin(), (build_dir() / "bin/clipwork").string());
  words.push_back("--quiet");
  // The first video is a file when the second is under way.
  const int status = interrupted(words, [&] { return fs::exists(out_ / "videos/000001.jsonl"); });
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 0) GTEST_SKIP() << "it was done before it was interrupted";
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const auto state = json_of(out_ / "run.json");
  EXPECT_STREQ(state["state"].GetString(), "incomplete");
  EXPECT_THAT(state["reason"].GetString(), HasSubstr("of 3 videos are finished"));
  EXPECT_FALSE(fs::exists(out_ / "results.json")) << "half of the videos are no results";

  const ProgramResult done = run(eval_into(out_));
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.errors, HasSubstr("videos are already finished"));
  EXPECT_EQ(read_file(out_ / "results.json"), read_file(whole().out / "results.json"));
  EXPECT_EQ(json_of(out_ / "stats.json")["videos"].Size(), 3u);
}

TEST_F(SplitRun, WithoutAnnotationsMakesTheSubmissionAlone) {
  CLIPWORK_NEEDS_VIDEO();
  write_folder(", 'annotations': null");
  const ProgramResult done = run(eval_folder());
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("has no annotations, so it cannot be scored"));
  EXPECT_THAT(done.output, HasSubstr("submission.zip"));
  EXPECT_FALSE(fs::exists(out_ / "metrics.json"));
  const auto results = json_of(out_ / "results.json");
  ASSERT_GT(results.Size(), 0u);
  for (const auto& row : results.GetArray()) {
    EXPECT_TRUE(row["video_id"].GetInt() == 7 || row["video_id"].GetInt() == 9);
    EXPECT_TRUE(row["category_id"].GetInt() == 3 || row["category_id"].GetInt() == 5);
    EXPECT_EQ(row["segmentations"].Size(), 2u);
  }
}

TEST_F(SplitRun, LeavesOutABrokenVideoNamesItAndTriesItAgain) {
  CLIPWORK_NEEDS_VIDEO();
  write_folder(", 'annotations': []");
  scratch_.write("data/valid/JPEGImages/one/1.jpg", "no picture");
  const ProgramResult failed = run(eval_folder());
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.errors, HasSubstr("video 7 (one), frame 1, "));
  EXPECT_THAT(failed.errors, HasSubstr("one/1.jpg"));
  EXPECT_THAT(failed.output, HasSubstr("1 of 2 videos"));
  EXPECT_FALSE(fs::exists(out_ / "results.json"));
  EXPECT_STREQ(json_of(out_ / "run.json")["state"].GetString(), "incomplete");
  EXPECT_EQ(names_in(out_ / "videos"), (std::vector<std::string>{"000009.jsonl"}));

  scratch_.write("data/valid/JPEGImages/one/1.jpg", ppm(8, 6));
  const ProgramResult mended = run(eval_folder());
  EXPECT_EQ(mended.code, 0) << mended.errors;
  EXPECT_THAT(mended.errors, HasSubstr("1 of 2 videos are already finished"));
  EXPECT_TRUE(fs::exists(out_ / "results.json"));
}

TEST_F(SplitRun, ReportsTheFaultsOfItsDataAndIsAnErrorIfStrict) {
  CLIPWORK_NEEDS_VIDEO();
  const auto annotation = [](int id, int category) {
    return cat(
        "{'id': ", id, ", 'video_id': 7, 'category_id': ", category,
        ", 'iscrowd': 0, 'areas': [1, 1], 'segmentations': [{'size': [6, 8], 'counts': [0, 9, "
        "39]}, null]}");
  };
  write_folder(cat(", 'annotations': [", annotation(1, 2), ", ", annotation(2, 3), "]"));
  const std::string sentence = cat(
      "data.eval has 1 fault (video 7 (one), annotation 1: unknown category 2; it is left out); "
      "see `clipwork dataset check ",
      (scratch_.path() / "data/valid.json").string(), "`");
  const ProgramResult strict = run(eval_folder({"--strict"}));
  EXPECT_EQ(strict.code, 2);
  EXPECT_THAT(strict.errors,
              HasSubstr("with --strict, faults of the data are errors: " + sentence));
  EXPECT_FALSE(fs::exists(out_)) << "nothing was run";
  const ProgramResult done = run(eval_folder());
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.errors, HasSubstr(sentence));
  for (const char* file : {"run.json", "stats.json"}) {
    const auto remarks = json_of(out_ / file);
    ASSERT_EQ(remarks["remarks"].Size(), 1u) << file;
    EXPECT_EQ(remarks["remarks"][0].GetString(), sentence) << file;
  }
}

TEST_F(SplitRun, ReportsASequenceThatItsListNamesAlone) {
  CLIPWORK_NEEDS_VIDEO();
  scratch_.write("d/JPEGImages/480p/s/00000.jpg", ppm(8, 6));
  fs::create_directories(scratch_.path() / "d/Annotations/480p/s");
  IndexPicture mask{{6, 8}, std::vector<uint16_t>(48)};
  mask.values[20] = 1;
  write_index_picture((scratch_.path() / "d/Annotations/480p/s/00000.png").string(), mask,
                      IndexForm::palette);
  scratch_.write("d/ImageSets/2017/val.txt", "s\nlost\n");
  std::vector<std::string> arguments = {"eval", tiny(), "rule", "--out", out_.string()};
  for (const std::string& set :
       {std::string("data.eval.type=davis"), std::string("data.eval.split=val"),
        cat("data.eval.path='", (scratch_.path() / "d").string(), "'"),
        std::string("classes.names=['object']"), std::string("classes.ids=[1]")}) {
    arguments.insert(arguments.end(), {"--set", set});
  }
  const ProgramResult done = run(arguments);
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.errors,
              HasSubstr("data.eval has 1 fault (sequence 'lost': there are no pictures"));
  EXPECT_EQ(json_of(out_ / "run.json")["remarks"].Size(), 1u);
}

TEST_F(SplitRun, DrawsEachVideoWhenAsked) {
  CLIPWORK_NEEDS_VIDEO();
  write_folder("");
  const ProgramResult done = run(eval_folder({"--draw"}));
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_EQ(names_in(out_ / "vis"), (std::vector<std::string>{"000007_one", "000009_two"}));
  EXPECT_TRUE(fs::exists(out_ / "vis/000007_one/ids/000001.png"));
  EXPECT_THAT(read_file(out_ / "vis/000007_one/report.html"), HasSubstr("data:video/mp4"));
}

TEST_F(SplitRun, OfPicturesHasCocosFormAndScores) {
  CLIPWORK_NEEDS_VIDEO();
  scratch_.write("coco/val2017/5.jpg", ppm(8, 6));
  scratch_.write("coco/val2017/12.jpg", ppm(6, 8));
  scratch_.write(
      "coco/annotations/instances_val2017.json",
      json("{'images': [{'id': 5, 'width': 8, 'height': 6, 'file_name': '5.jpg'}, {'id': 12, "
           "'width': 6, 'height': 8, 'file_name': '12.jpg'}], 'categories': [{'id': 3, 'name': "
           "'cat'}], 'annotations': [{'id': 1, 'image_id': 5, 'category_id': 3, 'iscrowd': 0, "
           "'area': 4, 'segmentation': [[1, 1, 3, 1, 3, 3, 1, 3]]}]}"));
  std::vector<std::string> arguments = {"eval", tiny(), "rule", "--out", out_.string()};
  for (const std::string& set :
       {std::string("model.tracker.type=none"), std::string("tracks.quality=output"),
        std::string("data.eval.type=coco"), std::string("data.eval.split=val2017"),
        cat("data.eval.path='", (scratch_.path() / "coco").string(), "'"),
        std::string("classes.names=['cat']"), std::string("classes.ids=[3]")}) {
    arguments.insert(arguments.end(), {"--set", set});
  }
  const ProgramResult done = run(arguments);
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("2 pictures, 1 track"));
  const auto results = json_of(out_ / "results.json");
  ASSERT_GT(results.Size(), 0u);
  std::set<int> images;
  for (const auto& row : results.GetArray()) {
    images.insert(row["image_id"].GetInt());
    EXPECT_EQ(row["bbox"].Size(), 4u);
    EXPECT_TRUE(row["segmentation"]["counts"].IsString());
    EXPECT_FALSE(row.HasMember("segmentations"));
  }
  EXPECT_EQ(images, (std::set<int>{5, 12}));
  const auto metrics = json_of(out_ / "metrics.json");
  const double area = metrics["stats"]["APs"].GetDouble();
  EXPECT_GE(area, 0) << "the picture's object is a small one";
}

TEST_F(SplitRun, RefusesWhatCannotBeScored) {
  write_folder("");
  auto refused = [&](const std::vector<std::string>& more) {
    const ProgramResult result = run(eval_folder(more));
    EXPECT_EQ(result.code, 2) << result.errors;
    EXPECT_FALSE(fs::exists(out_)) << "nothing was touched";
    return result.errors;
  };
  EXPECT_THAT(refused({"--set", "classes.names=['dog','cat']"}),
              HasSubstr("class 1 of the data is 'Cat' (id 3), that of the config 'dog' (id 3)"));
  EXPECT_THAT(refused({"--set", "classes.ids=[3,4]"}), HasSubstr("(id 5)"));
  EXPECT_THAT(refused({"--set", "classes.names=['cat']", "--set", "classes.ids=[3]"}),
              HasSubstr("the data has 2 classes, the config 1"));
  EXPECT_THAT(refused({"--set", "run.keep_result=false"}), HasSubstr("run.keep_result"));
  EXPECT_THAT(refused({"--set", "output.bad_frames=skip"}), HasSubstr("an entry for every frame"));
  EXPECT_THAT(refused({"--set", "model.tracker.type=none"}),
              HasSubstr("video 7 (one) has 2 frames, but the config is an image model"));
  EXPECT_THAT(refused({"--shard", "3/2"}), HasSubstr("--shard: expected I/N"));
  EXPECT_THAT(refused({"--shard", "1/2", "--overwrite"}), HasSubstr("the results of other shards"));
  EXPECT_THAT(refused({"--set", "data.eval.typ=3"}), HasSubstr("no parameter 'typ'"));
}

TEST_F(SplitRun, SaysWhichLayoutIsWantedWhereDataIsMissing) {
  const ProgramResult refused =
      run({"eval", (source_dir() / "configs/minvis/ytvis2019_r50.toml").string(), "rule", "--out",
           out_.string(), "--set", "data.eval.path=nowhere_2019"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("nowhere_2019: there is no such file or folder"));
  EXPECT_THAT(refused.errors, HasSubstr("CLIPWORK_DATA"));
  EXPECT_THAT(refused.errors, HasSubstr("nowhere_2019/valid.json"));
  EXPECT_THAT(refused.errors, HasSubstr("nowhere_2019/valid/instances.json"));
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(SplitRun, DoesNotTouchTheRunOfAVideo) {
  scratch_.write("out/run.json", "{\"state\": \"complete\", \"input\": \"dog.mp4\"}");
  const ProgramResult refused = run(eval_into(out_));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("already contains the results of a run"));
}

TEST_F(SplitRun, WithOtherClassesIsScoredWithoutThem) {
  const std::vector<std::string> words = with(
      eval_into(out_), {"--set", "classes.names=['a','b','c']", "--class-agnostic", "--tracking"});
  const ProgramResult done = run(words);
  ASSERT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("class-agnostic"));
  EXPECT_THAT(done.errors, Not(HasSubstr("left out")));
}

TEST_F(SplitRun, OfMeaninglessWeightsIsAnErrorIfItIsStrict) {
  const ProgramResult done = run(with(eval_into(out_), {"--strict"}));
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.errors, HasSubstr("weights by rule: the results are meaningless"));
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(SplitRun, SaysThatWeightsWithoutSomeParametersAreMeaningless) {
  const Checkpoint rule = [&] {
    const Pipeline pipeline(load_config(tiny()), WeightRule());
    std::vector<CheckpointEntry> entries;
    for (const PipelineComponent& part : pipeline.components()) {
      for (const NamedParameter& one : named_parameters(*part.component)) {
        if (one.name.find("class_embed.bias") != one.name.npos) continue;
        entries.push_back({one.name, one.value.detach()});
      }
    }
    write_safetensors(scratch_.path() / "part.safetensors", entries);
    return read_checkpoint(scratch_.path() / "part.safetensors");
  }();
  std::vector<std::string> words = eval_into(out_);
  words[2] = rule.file.string();
  const ProgramResult refused = run(words);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.errors, HasSubstr("missing 1: "));
  const ProgramResult done =
      run(with(words, {"--set", "weights.allow_missing=['class_embed.bias']"}));
  EXPECT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("1 parameter of the model is not in the weights ("));
  EXPECT_THAT(done.output, HasSubstr("the results are meaningless"));
}

}  // namespace
}  // namespace clipwork::test
