// Runs on video files whose containers mislead: variable rate, edit lists, turned pictures.

#include <clipwork/host/registry.h>

#include "plugins/io/media.h"
#include "plugins/io/video_files.h"
#include "runner/json_of.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;

class VideoFiles : public Media {
 protected:
  /// A video of a bright square on grey.
  std::string video(const std::vector<double>& times, double end) {
    auto sink = make<Sink>("video", {{"file", path("made.mp4")}, {"rate", 25.0}});
    for (const double time : times) {
      Tensor picture = plain(48, 64, 90, 90, 90);
      picture.narrow(1, 4, 16).narrow(2, 4, 20).fill_(230);
      sink->write(picture, time);
    }
    sink->finish(end);
    return read_file(path("made.mp4"));
  }
  ProgramResult clipwork(const std::string& arguments) const {
    return run_program(
        cat((build_dir() / "bin/clipwork").string(), " ", arguments, " --out ", path("out")));
  }
  std::string run(const fs::path& input) const {
    const ProgramResult done = clipwork(cat("run clipwork:minvis/tiny.toml --weights rule --input ",
                                            input.string(), " --set output.pictures=true"));
    EXPECT_EQ(done.code, 0) << done.errors;
    return done.errors;
  }
  std::shared_ptr<Source> overlay() const {
    return make<Source>("video", {{"file", path("out/overlay.mp4")}});
  }
};

TEST_F(VideoFiles, OfVariableRateGetAnOverlayWithTheirTimes) {
  const std::vector<double> times = {0, 0.017, 0.033, 1, 1.017, 1.5};
  run(scratch_.write("a.mp4", video(times, 2.5)));
  const auto drawn = overlay();
  const auto frames = all_frames(*drawn);
  ASSERT_EQ(frames.size(), times.size());
  for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(frames[i].seconds, times[i], 1e-4);
  EXPECT_NEAR(*drawn->end_seconds(), 2.5, 1e-4);
  const auto stats = json_of(path("out/stats.json"));
  EXPECT_NEAR(stats["input_frames_per_second"].GetDouble(), 6 / 2.5, 1e-4);
  EXPECT_EQ(stats["remarks"].Size(), 0u);
  EXPECT_SAYS(read_file(path("out/report.html")), "data-starts=\"0 17 33 1000 1017 1500\"");
}

TEST_F(VideoFiles, WithAnEditListAreWhole) {
  std::vector<double> times;
  for (int i = 0; i < 12; ++i) times.push_back(i / 25.0);
  run(scratch_.write("a.mp4", with_edit_list(video(times, 0.48), 0.2, 0.28, 90000)));
  const auto state = json_of(path("out/run.json"));
  EXPECT_EQ(state["frames"].GetInt(), 7);
  EXPECT_STREQ(state["state"].GetString(), "complete");
  EXPECT_EQ(json_of(path("out/stats.json"))["remarks"].Size(), 0u);
}

TEST_F(VideoFiles, ThatAreTurnedAreDrawnUpright) {
  run(scratch_.write("a.mp4", with_matrix(video({0, 0.1, 0.2}, 0.3), {0, 1, -1, 0})));
  const Tensor picture =
      all_frames(*make<Source>("images", {{"path", path("out/pictures")}})).at(0).pixels;
  EXPECT_EQ(picture.sizes(), at::IntArrayRef({3, 64, 48}));
  EXPECT_EQ(overlay()->next()->pixels.sizes(), at::IntArrayRef({3, 64, 48}));
}

TEST_F(VideoFiles, OfADataSetAreEvaluatedWithTheFramesThatThereAre) {
  std::vector<double> times;
  for (int i = 0; i < 12; ++i) times.push_back(i / 25.0);
  scratch_.write("v/edited.mp4", with_edit_list(video(times, 0.48), 0.2, 0.28, 90000));
  scratch_.write("v/gaps.mp4", video({0, 0.1, 3}, 4));
  const ProgramResult checked =
      run_program(cat((build_dir() / "bin/clipwork").string(), " dataset check ", path("v")));
  EXPECT_EQ(checked.code, 0) << checked.output;
  EXPECT_SAYS(checked.output, "2, 10 frames");
  const auto config = scratch_.write(
      "videos.toml", cat("extends = [\"clipwork:minvis/tiny.toml\"]\n[data.eval]\nreplace = true\n"
                         "type = \"video\"\npath = \"",
                         path("v"), "\"\n"));
  const ProgramResult done = clipwork(cat("eval ", config.string(), " --weights rule --draw"));
  EXPECT_EQ(done.code, 0) << done.errors;
  EXPECT_TRUE(fs::exists(path("out/results.json")));
  const auto drawn = make<Source>("video", {{"file", path("out/vis/000002_gaps/overlay.mp4")}});
  const auto frames = all_frames(*drawn);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_NEAR(frames[2].seconds, 3, 1e-4);
}

}  // namespace
}  // namespace clipwork::test
