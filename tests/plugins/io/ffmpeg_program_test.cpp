// Frames, their number and their times, beside those of the `ffmpeg` program.

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "media.h"
#include "video_files.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;

class FfmpegProgram : public Media {
 protected:
  void SetUp() override {
    Media::SetUp();
    if (IsSkipped()) return;
    if (run_program("ffmpeg -version").code != 0) {
      GTEST_SKIP() << "needs the program ffmpeg (apt-get install ffmpeg)";
    }
  }

  /// Runs ffmpeg in the scratch folder. False where this ffmpeg lacks an encoder.
  bool ffmpeg(const std::string& arguments) const {
    const ProgramResult done = run_program(
        cat("cd ", scratch_.path().string(), " && ffmpeg -nostdin -v error -y ", arguments));
    if (done.errors.find("Unknown encoder") != std::string::npos) return false;
    EXPECT_EQ(done.code, 0) << arguments << "\n" << done.errors;
    return done.code == 0;
  }

  /// The bytes of an ffmpeg video of moving bars, 1 s long.
  std::string bars(const std::string& name, const std::string& codec,
                   const std::string& size = "160x96") const {
    const bool there =
        ffmpeg(cat("-f lavfi -i testsrc2=size=", size, ":rate=10:duration=1 ", codec, " ", name));
    return there ? read_file(path(name)) : std::string();
  }

  /// When the program shows each frame, in seconds, by its times.txt.
  std::vector<double> times() const {
    std::istringstream text(read_file(path("times.txt")));
    std::vector<double> times;
    double tick = 0;
    for (std::string line; std::getline(text, line);) {
      int64_t stream = 0, decoded = 0, shown = 0;
      int numerator = 0, denominator = 1;
      if (std::sscanf(line.c_str(), "#tb 0: %d/%d", &numerator, &denominator) == 2) {
        tick = static_cast<double>(numerator) / denominator;
      } else if (std::sscanf(line.c_str(), "%ld, %ld, %ld,", &stream, &decoded, &shown) == 3 &&
                 stream == 0) {
        times.push_back(static_cast<double>(shown) * tick);
      }
    }
    return times;
  }

  /// The mean difference of a frame from the program's, whose interleaved RGB begins at `other`.
  static double difference(const Tensor& pixels, const char* other) {
    const Tensor rows = pixels.permute({1, 2, 0}).contiguous();
    const auto* ours = rows.data_ptr<uint8_t>();
    int64_t sum = 0;
    for (int64_t i = 0; i < rows.numel(); ++i) {
      sum += std::abs(ours[i] - static_cast<int>(static_cast<uint8_t>(other[i])));
    }
    return static_cast<double>(sum) / static_cast<double>(rows.numel());
  }

  void expect_same(const fs::path& file, const std::string& called) const {
    SCOPED_TRACE(called);
    ASSERT_TRUE(ffmpeg(cat("-i ", file.string(),
                           " -an -fps_mode passthrough -f rawvideo -pix_fmt rgb24 frames.raw"
                           " -fps_mode passthrough -enc_time_base -1 -c:v rawvideo"
                           " -f framecrc times.txt")));
    const std::string expected = read_file(path("frames.raw"));
    const std::vector<double> shown = times();
    auto source = make<Source>("video", {{"file", file.string()}});
    const auto frames = all_frames(*source);
    ASSERT_FALSE(frames.empty());
    ASSERT_EQ(frames.size() * static_cast<size_t>(frames[0].pixels.numel()), expected.size());
    ASSERT_EQ(frames.size(), shown.size());
    for (size_t i = 0; i < frames.size(); ++i) {
      const size_t at = i * static_cast<size_t>(frames[0].pixels.numel());
      EXPECT_LE(difference(frames[i].pixels, expected.data() + at), 2) << "frame " << i;
      EXPECT_NEAR(frames[i].seconds, shown[i], 0.002) << "frame " << i;
    }
  }
  void expect_same_bytes(const std::string& name, const std::string& bytes) const {
    if (!bytes.empty()) expect_same(scratch_.write("checked_" + name, bytes), name);
  }
};

TEST_F(FfmpegProgram, GivesTheSameFramesOfEveryContainerAndPixelFormat) {
  const char* h264 = "-c:v libx264 -preset ultrafast -bf 2 -pix_fmt ";
  const std::vector<std::array<std::string, 3>> cases = {
      {"a.mp4", cat(h264, "yuv420p"), "160x96"},
      {"a.mov", cat(h264, "yuv422p"), "160x96"},
      {"a.mkv", cat(h264, "yuv444p"), "161x97"},
      {"a.ts", "-c:v mpeg2video -bf 2 -flags +ildct+ilme -q:v 3", "160x96"},
      {"a.mpg", "-c:v mpeg1video -r 25 -q:v 3", "160x96"},
      {"a.avi", "-c:v mpeg4 -bf 2 -q:v 3", "160x96"},
      {"a.webm", "-c:v libvpx -pix_fmt yuv420p -b:v 1M", "161x97"},
      {"b.webm", "-c:v libvpx-vp9 -deadline realtime -pix_fmt yuv420p", "160x96"},
      {"h.mp4", "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=0",
       "160x96"},
      {"m.avi", "-c:v mjpeg -pix_fmt yuvj420p -q:v 3", "161x97"},
      {"m422.mov", "-c:v mjpeg -pix_fmt yuvj422p -q:v 3", "160x96"},
      {"f.flv", "-c:v flv -q:v 3", "160x96"},
      {"f.wmv", "-c:v wmv2 -q:v 3", "160x96"},
      {"f.ogv", "-c:v libtheora -q:v 8", "160x96"},
      {"f.gif", "", "160x96"},
      {"p.mov", "-c:v prores_ks -profile:v 3", "160x96"},
      {"q.mov", "-c:v qtrle -pix_fmt argb", "161x97"},
      {"p.mkv", "-c:v png -pix_fmt rgba", "160x96"},
      {"g.mkv", "-c:v ffv1 -pix_fmt gray", "161x97"},
      {"g10.mkv", "-c:v ffv1 -pix_fmt gray10le", "160x96"},
      {"o.mkv", "-c:v ffv1 -pix_fmt yuv420p", "161x97"},
      {"o410.mkv", "-c:v ffv1 -pix_fmt yuv410p", "163x99"},
      {"o16.mkv", "-c:v ffv1 -pix_fmt yuv444p16le", "161x97"},
      {"rgb.mkv", "-c:v ffv1 -pix_fmt bgr0", "161x97"},
      {"y.y4m", "-pix_fmt yuv420p", "161x97"},
      {"raw.h264", cat(h264, "yuv420p -bf 0 -f h264"), "160x96"}};
  for (const auto& [name, codec, size] : cases) expect_same_bytes(name, bars(name, codec, size));
}

TEST_F(FfmpegProgram, GivesTheSameColours) {
  const std::vector<std::array<std::string, 3>> forms = {
      {"bt709", "tv", "yuv420p"},     {"bt709", "pc", "yuv420p"},
      {"bt709", "pc", "yuv444p"},     {"smpte170m", "tv", "yuv420p"},
      {"smpte170m", "pc", "yuv420p"}, {"bt2020nc", "tv", "yuv420p10le"},
      {"bt2020nc", "pc", "yuv420p"},  {"fcc", "tv", "yuv420p"},
      {"smpte240m", "tv", "yuv422p"}};
  for (const auto& [matrix, range, format] : forms) {
    const std::string name = cat("c.", matrix, ".", range, ".", format, ".mp4");
    expect_same_bytes(name, bars(name,
                                 cat("-vf scale=out_range=", range, ",format=", format,
                                     " -c:v libx264 -preset ultrafast -colorspace ", matrix,
                                     " -color_range ", range),
                                 "64x48"));
  }
}

TEST_F(FfmpegProgram, TurnsFramesTheSameWay) {
  const char* h264 = "-c:v libx264 -preset ultrafast -pix_fmt ";
  const std::string even = bars("a.mp4", cat(h264, "yuv420p"));
  const std::string fine = bars("b.mp4", cat(h264, "yuv422p"), "64x48");
  if (even.empty()) return;
  const std::vector<std::array<double, 4>> matrices = {{-1, 0, 0, 1}, {1, 0, 0, -1}, {-1, 0, 0, -1},
                                                       {0, 1, 1, 0},  {0, 1, -1, 0}, {0, -1, 1, 0},
                                                       {0, -1, -1, 0}};
  for (const auto& matrix : matrices) {
    SCOPED_TRACE(testing::PrintToString(matrix));
    expect_same_bytes("a.mp4", with_matrix(even, matrix));
    expect_same_bytes("b.mp4", with_matrix(fine, matrix));
  }
  // The program turns by other angles before it converts colours, which shows at their edges.
  const std::string soft = bars("s.mp4", cat("-vf hue=s=0.1,gblur=2 ", h264, "yuv420p"), "640x352");
  const double part = std::sqrt(0.5);
  expect_same_bytes("s.mp4", with_matrix(soft, {part, part, -part, part}));
}

TEST_F(FfmpegProgram, GivesTheSameTimes) {
  const std::string h264 = "-c:v libx264 -preset ultrafast -bf 2 -pix_fmt yuv420p";
  // Gaps of different lengths.
  const std::string gaps = "-vf \"select='lt(mod(n,5),2)'\" -fps_mode vfr ";
  for (const char* name : {"v.mp4", "v.mkv", "v.mov", "v.ts"}) {
    expect_same_bytes(name, bars(name, gaps + h264));
  }
  expect_same_bytes("v.webm", bars("v.webm", gaps + "-c:v libvpx -b:v 1M"));
  // Sound that begins before the video.
  if (!bars("a.mp4", h264).empty() &&
      ffmpeg("-itsoffset 0.3 -i a.mp4 -f lavfi -i sine=duration=1 -c:v copy -c:a aac s.mp4") &&
      ffmpeg("-i s.mp4 -c copy s.mkv") && ffmpeg("-i s.mp4 -c copy s.ts")) {
    for (const char* name : {"s.mp4", "s.mkv", "s.ts"}) expect_same(path(name), name);
  }
  // What is cut without being encoded again.
  if (ffmpeg("-ss 0.35 -i a.mp4 -c copy e.mov")) expect_same(path("e.mov"), "e.mov");
  if (ffmpeg("-ss 0.35 -i a.mp4 -c copy e.mkv")) expect_same(path("e.mkv"), "e.mkv");
}

TEST_F(FfmpegProgram, FollowsChangesTheSameWay) {
  for (const char* codec : {"-c:v mpeg2video -q:v 3", "-c:v libx264 -preset ultrafast -bf 0"}) {
    const std::string first = bars("a.ts", cat(codec, " -pix_fmt yuv420p")),
                      second = bars("b.ts", cat(codec, " -pix_fmt yuv420p"), "96x160"),
                      third = bars("c.ts", cat(codec, " -pix_fmt yuv422p"));
    if (first.empty()) continue;
    expect_same_bytes("size.ts", first + second);
    expect_same_bytes("again.ts", first + first);
    if (!third.empty()) expect_same_bytes("format.ts", first + third);
  }
  const bool made =
      ffmpeg("-f lavfi -i testsrc2=size=320x240:rate=5:duration=1 -pix_fmt yuvj420p j%d.jpg") &&
      ffmpeg("-i j1.jpg -pix_fmt yuvj444p k.jpg");
  if (!made) return;
  std::vector<std::string> pictures = {read_file(path("k.jpg"))};
  for (int i = 2; i <= 5; ++i) pictures.push_back(read_file(path(cat("j", i, ".jpg"))));
  expect_same_bytes("j.avi", avi("MJPG", pictures, 5));
}

TEST_F(FfmpegProgram, GivesTheSameFramesOfFilesThatAreCutOff) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -movflags +faststart"},
      {"f.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 2 -movflags +frag_keyframe"},
      {"a.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"},
      {"a.ts", "-c:v mpeg2video -q:v 3"},
      {"a.avi", "-c:v mpeg4 -q:v 3"}};
  for (const auto& [name, codec] : cases) {
    const std::string whole = bars(name, codec);
    if (whole.empty()) continue;
    const std::string cut = whole.substr(0, whole.size() * 6 / 10);
    expect_same_bytes(name, cut);
    auto source = make<Source>("video", {{"file", path("checked_" + name)}});
    all_frames(*source);
    if (name == "a.ts") continue;  // has neither an index nor a size
    ASSERT_EQ(source->remarks().size(), 1u) << name;
    EXPECT_SAYS(source->remarks()[0], "the file is truncated or damaged");
  }
}

TEST_F(FfmpegProgram, GivesTheSameFramesOfTheSharedCases) {
  CLIPWORK_NEEDS_SHARED("cases");
  size_t checked = 0;
  for (const auto& entry : fs::recursive_directory_iterator(shared_dir() / "cases")) {
    const std::string folder = fs::relative(entry.path(), shared_dir() / "cases").string();
    if (!folder.starts_with("video_") || !entry.is_regular_file()) continue;
    const std::string extension = entry.path().extension().string();
    if (extension == ".md" || extension == ".sh" || extension == ".toml") continue;
    expect_same(entry.path(), folder);
    ++checked;
  }
  EXPECT_GE(checked, 8u);
}

}  // namespace
}  // namespace clipwork::test
