#include <clipwork/figure.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>

#include "media.h"
#include "video_files.h"

namespace clipwork::test {
namespace {

class Video : public Media {
 protected:
  /// A video of plain pictures, each a little brighter than the one before.
  std::string write(const std::string& name, int64_t height, int64_t width, int frames) {
    auto sink = make<Sink>("video", {{"file", path(name)}, {"rate", 25.0}});
    for (int i = 0; i < frames; ++i) sink->write(grey(height, width, 8 * i), i / 25.0);
    sink->finish(frames / 25.0);
    return path(name);
  }
  static Tensor grey(int64_t height, int64_t width, int value) {
    return plain(height, width, value, value, value);
  }
  static std::string jpeg(int64_t height, int64_t width, int value) {
    return painter()->encode_jpeg(grey(height, width, value));
  }
  static std::shared_ptr<Source> open(const std::filesystem::path& file) {
    return make<Source>("video", {{"file", file.string()}});
  }
};

TEST_F(Video, GivesBackTheFramesThatWereWrittenWithTheirTimes) {
  auto source = open(write("a.mp4", 48, 64, 10));
  EXPECT_EQ(source->count(), 10);
  EXPECT_DOUBLE_EQ(source->rate(), 25);
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 10u);
  for (int i = 0; i < 10; ++i) {
    const Frame& frame = frames[static_cast<size_t>(i)];
    EXPECT_EQ(frame.index, i);
    EXPECT_NEAR(frame.seconds, i / 25.0, 1e-6);
    EXPECT_EQ(frame.pixels.sizes(), at::IntArrayRef({3, 48, 64}));
    EXPECT_NEAR(value_at(frame.pixels, 1, 20, 30), 8 * i, 3);
  }
  EXPECT_TRUE(source->remarks().empty());
}

TEST_F(Video, KeepsRedGreenAndBlueApart) {
  auto sink = make<Sink>("video", {{"file", path("red.mp4")}});
  for (int i = 0; i < 3; ++i) sink->write(plain(48, 64, 220, 40, 90), i / 10.0);
  sink->finish(0.3);
  const auto frames = all_frames(*open(path("red.mp4")));
  EXPECT_NEAR(value_at(frames.at(1).pixels, 0, 24, 32), 220, 6);
  EXPECT_NEAR(value_at(frames.at(1).pixels, 1, 24, 32), 40, 6);
  EXPECT_NEAR(value_at(frames.at(1).pixels, 2, 24, 32), 90, 6);
}

TEST_F(Video, PadsOddSidesAndSaysSo) {
  auto sink = make<Sink>("video", {{"file", path("odd.mp4")}});
  sink->write(grey(33, 65, 90), 0);
  sink->finish(0.1);
  ASSERT_EQ(sink->remarks().size(), 1u);
  EXPECT_SAYS(sink->remarks()[0], "65x33 was padded to 66x34");
  const auto frames = all_frames(*open(path("odd.mp4")));
  EXPECT_EQ(frames.at(0).pixels.sizes(), at::IntArrayRef({3, 34, 66}));
  EXPECT_NEAR(value_at(frames[0].pixels, 0, 33, 65), 90, 3);
}

TEST_F(Video, IsNotThereUntilItIsFinished) {
  {
    auto sink = make<Sink>("video", {{"file", path("half.mp4")}});
    sink->write(grey(32, 32, 0), 0);
    EXPECT_FALSE(std::filesystem::exists(path("half.mp4")));
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(Video, OfOnePictureSizeOnlyIsWritten) {
  auto sink = make<Sink>("video", {{"file", path("a.mp4")}});
  sink->write(grey(32, 32, 0), 0);
  EXPECT_SAYS(error_of([&] { sink->write(grey(32, 48, 0), 0.1); }), "48x32 in a video of 32x32");
}

TEST_F(Video, OnAFullDiskIsAnError) {
  auto sink = make<Sink>("video", {{"file", "/dev/full"}});
  const std::string error = error_of([&] {
    sink->write(grey(32, 32, 0), 0);
    sink->finish(0.1);
  });
  EXPECT_SAYS(error, "/dev/full: the video cannot be written: No space left on device");
}

TEST_F(Video, KeepsTheTimesOfItsPicturesAndItsDuration) {
  const std::vector<double> times = {0, 0.04, 0.5, 0.54, 2};
  auto sink = make<Sink>("video", {{"file", path("a.mp4")}, {"rate", 25.0}});
  for (const double time : times) sink->write(grey(48, 64, 90), time);
  sink->finish(3);
  auto source = open(path("a.mp4"));
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), times.size());
  for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(frames[i].seconds, times[i], 1e-5);
  ASSERT_TRUE(source->end_seconds());
  EXPECT_NEAR(*source->end_seconds(), 3, 1e-5);
  EXPECT_TRUE(source->remarks().empty());
}

TEST_F(Video, ThatBeginsBeforeZeroKeepsItsFirstPicture) {
  auto sink = make<Sink>("video", {{"file", path("a.mp4")}});
  for (int i = -1; i < 2; ++i) sink->write(grey(48, 64, 90), i / 10.0);
  sink->finish(0.2);
  EXPECT_EQ(all_frames(*open(path("a.mp4"))).size(), 3u);
}

TEST_F(Video, IsTurnedAndMirroredAsItsFileSays) {
  constexpr int64_t kHeight = 48, kWidth = 64, kX = 12, kY = 8;
  auto sink = make<Sink>("video", {{"file", path("a.mp4")}});
  Tensor picture = grey(kHeight, kWidth, 128);
  picture[0].narrow(0, 0, 2 * kY).narrow(1, 0, 2 * kX).fill_(240);
  for (int i = 0; i < 4; ++i) sink->write(picture, i / 10.0);
  sink->finish(0.4);
  const std::string upright = read_file(path("a.mp4"));
  for (const bool transposed : {false, true}) {
    for (const double x : {1, -1}) {
      for (const double y : {1, -1}) {
        const std::array<double, 4> matrix =
            transposed ? std::array<double, 4>{0, y, x, 0} : std::array<double, 4>{x, 0, 0, y};
        const auto file = scratch_.write("turned.mp4", with_matrix(upright, matrix));
        const auto frames = all_frames(*open(file));
        ASSERT_EQ(frames.size(), 4u);
        const int64_t height = transposed ? kWidth : kHeight, width = transposed ? kHeight : kWidth;
        ASSERT_EQ(frames[0].pixels.sizes(), at::IntArrayRef({3, height, width}));
        const int64_t right = transposed ? kY : kX, down = transposed ? kX : kY;
        const int64_t at_x = x > 0 ? right : width - 1 - right;
        const int64_t at_y = y > 0 ? down : height - 1 - down;
        EXPECT_GT(value_at(frames[3].pixels, 0, at_y, at_x), 200) << testing::PrintToString(matrix);
        EXPECT_NEAR(value_at(frames[3].pixels, 0, height - 1 - at_y, width - 1 - at_x), 128, 8);
      }
    }
  }
}

TEST_F(Video, TurnedByAnotherAngleKeepsItsSizeWithBlackCorners) {
  const double part = std::sqrt(0.5);
  const std::string upright = read_file(write("a.mp4", 48, 64, 20));
  const auto file = scratch_.write("turned.mp4", with_matrix(upright, {part, part, -part, part}));
  const Tensor last = all_frames(*open(file)).at(19).pixels;
  EXPECT_EQ(last.sizes(), at::IntArrayRef({3, 48, 64}));
  EXPECT_EQ(value_at(last, 1, 0, 0), 0);
  EXPECT_NEAR(value_at(last, 1, 24, 32), 8 * 19, 3);
}

TEST_F(Video, HasTheFramesThatItsEditListShows) {
  const std::string whole = read_file(write("a.mp4", 48, 64, 30));
  auto source = open(scratch_.write("edited.mp4", with_edit_list(whole, 0.4, 0.72, 90000)));
  EXPECT_EQ(source->count(), 18);
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 18u);
  for (int i = 0; i < 18; ++i) {
    const Frame& frame = frames[static_cast<size_t>(i)];
    EXPECT_NEAR(value_at(frame.pixels, 1, 20, 30), 8 * (i + 10), 3);
    EXPECT_NEAR(frame.seconds, i / 25.0, 1e-5);
  }
  EXPECT_TRUE(source->remarks().empty());
}

TEST_F(Video, HasTheFramesThatAreThereWhateverItsHeaderPromises) {
  const std::string file = avi("MJPG", {jpeg(48, 64, 50), jpeg(48, 64, 90), jpeg(48, 64, 130)}, 90);
  auto source = open(scratch_.write("a.avi", file));
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_NEAR(frames[2].seconds, 0.4, 1e-6);
  EXPECT_NEAR(*source->end_seconds(), 0.6, 1e-6);
  EXPECT_TRUE(source->remarks().empty());
}

TEST_F(Video, WhoseFramesChangeTheirSizeIsScaledToTheFirst) {
  std::vector<std::string> pictures;
  for (int i = 0; i < 6; ++i) pictures.push_back(jpeg(i < 3 ? 48 : 64, i < 3 ? 64 : 48, 30 * i));
  auto source = open(scratch_.write("a.avi", avi("MJPG", pictures, 6)));
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 6u);
  for (int i = 0; i < 6; ++i) {
    const Tensor& pixels = frames[static_cast<size_t>(i)].pixels;
    EXPECT_EQ(pixels.sizes(), at::IntArrayRef({3, 48, 64}));
    for (const int64_t x : {0, 32, 63}) EXPECT_NEAR(value_at(pixels, 1, 24, x), 30 * i, 3);
  }
  ASSERT_EQ(source->remarks().size(), 1u);
  EXPECT_SAYS(source->remarks()[0],
              "scaled to 64x48, the size of the first frame: 3 frames of another size, beginning "
              "with frame 3 (48x64)");
}

TEST_F(Video, MayChangeItsPixelFormat) {
  Figure white;
  white.width = 64;
  white.height = 48;
  const std::string wide = painter()->encode_png16(at::full({48, 64}, 64 * 256, at::kInt), "");
  const std::string colour = painter()->encode_png(white);
  const std::string file = avi("MPNG", {colour, wide, colour, wide}, 4);
  auto source = open(scratch_.write("a.avi", file));
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    for (const int64_t y : {0, 24, 47}) {
      EXPECT_NEAR(value_at(frames[i].pixels, 1, y, 63), i % 2 ? 64 : 255, 1);
    }
  }
  EXPECT_TRUE(source->remarks().empty());
}

TEST_F(Video, HasTheColoursOfEveryPixelFormatAndRange) {
  struct Form {
    const char* tags;
    int chroma_x, chroma_y, luma, blue, red, factor;
  };
  // Red by BT.601.
  const Form forms[] = {{"C420mpeg2", 2, 2, 81, 90, 240, 1},
                        {"C420mpeg2 XCOLORRANGE=LIMITED", 2, 2, 81, 90, 240, 1},
                        {"C420jpeg XCOLORRANGE=FULL", 2, 2, 76, 85, 255, 1},
                        {"C422", 2, 1, 81, 90, 240, 1},
                        {"C444", 1, 1, 81, 90, 240, 1},
                        {"C411", 4, 1, 81, 90, 240, 1},
                        {"C420p10", 2, 2, 81, 90, 240, 4},
                        {"C444p12", 1, 1, 81, 90, 240, 16}};
  for (const auto& [width, height] : {std::pair{64, 48}, {37, 23}, {5, 3}}) {
    for (const Form& form : forms) {
      const int across = (width + form.chroma_x - 1) / form.chroma_x;
      const int down = (height + form.chroma_y - 1) / form.chroma_y;
      const bool wide = form.factor > 1;
      const std::string file = y4m(width, height, form.tags,
                                   {{width, height, form.luma * form.factor, wide},
                                    {across, down, form.blue * form.factor, wide},
                                    {across, down, form.red * form.factor, wide}},
                                   2);
      auto source = open(scratch_.write("a.y4m", file));
      const auto frames = all_frames(*source);
      ASSERT_EQ(frames.size(), 2u) << form.tags;
      const Tensor& pixels = frames[1].pixels;
      ASSERT_EQ(pixels.sizes(), at::IntArrayRef({3, height, width})) << form.tags;
      for (const auto& [y, x] : {std::pair{0, 0}, {height - 1, width - 1}}) {
        EXPECT_NEAR(value_at(pixels, 0, y, x), 254, 2) << form.tags << " " << width;
        EXPECT_NEAR(value_at(pixels, 1, y, x), 1, 2) << form.tags << " " << width;
        EXPECT_NEAR(value_at(pixels, 2, y, x), 1, 2) << form.tags << " " << width;
      }
      EXPECT_NEAR(frames[1].seconds, 0.04, 1e-6);
      EXPECT_TRUE(source->remarks().empty());
    }
  }
  const std::string grey = y4m(37, 23, "Cmono", {{37, 23, 126}}, 1);
  EXPECT_EQ(value_at(open(scratch_.write("g.y4m", grey))->next()->pixels, 2, 22, 36), 126);
}

TEST_F(Video, NamesTheMatrixOfItsColours) {
  CLIPWORK_NEEDS_SHARED("cases/video_colour_matrix/red709.mp4");
  for (const char* name : {"red601.mp4", "red709.mp4"}) {
    const Tensor pixels = open(shared_dir() / "cases/video_colour_matrix" / name)->next()->pixels;
    EXPECT_NEAR(value_at(pixels, 0, 48, 80), 254, 2) << name;
    EXPECT_NEAR(value_at(pixels, 1, 48, 80), 1, 2) << name;
    EXPECT_NEAR(value_at(pixels, 2, 48, 80), 1, 2) << name;
  }
}

TEST_F(Video, NeverOpensAnotherFile) {
  const std::string other = write("other.mp4", 48, 64, 4);
  const std::string playlist = cat("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n",
                                   "#EXTINF:10.0,\n", other, "\n#EXT-X-ENDLIST\n");
  const std::string script = cat("ffconcat version 1.0\nfile ", other, "\n");
  const std::string manifest =
      cat("<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" "
          "profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\"><Period><AdaptationSet "
          "mimeType=\"video/mp4\"><Representation id=\"1\" bandwidth=\"1\"><BaseURL>",
          other, "</BaseURL></Representation></AdaptationSet></Period></MPD>\n");
  const std::string session =
      "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=none\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP "
      "96\na=rtpmap:96 H264/90000\n";
  const Members cases = {{"a.mp4", playlist},    {"a.m3u8", playlist}, {"a.mkv", script},
                         {"a.ffconcat", script}, {"a.mpd", manifest},  {"b.mp4", manifest},
                         {"a.sdp", session},     {"c.mp4", session}};
  testing::internal::CaptureStderr();
  for (const auto& [name, text] : cases) {
    const auto file = scratch_.write(name, *text.text());
    const std::string error = error_of<InputError>([&] { open(file); });
    EXPECT_TRUE(error.starts_with(file.string())) << error;
  }
  EXPECT_SAYS(error_of([&] { open(path("a.m3u8")); }), "expected a video, all of it in one file");
  scratch_.write("p000.jpg", jpeg(48, 64, 9));
  const auto pattern = scratch_.write("p%03d.jpg", "not this one");
  EXPECT_SAYS(error_of<InputError>([&] { open(pattern); }), pattern.string());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Video, ThatIsAPipeIsRefusedAtOnce) {
  ASSERT_EQ(::mkfifo(path("a.mp4").c_str(), 0600), 0);
  EXPECT_SAYS(error_of<InputError>([&] { open(path("a.mp4")); }),
              "expected a video file, found a folder, a device or a pipe");
}

TEST_F(Video, ThatIsDamagedInsideSaysSo) {
  std::string bytes = read_file(write("a.mp4", 48, 64, 20));
  const size_t data = bytes.find("mdat"), index = bytes.find("moov");
  ASSERT_LT(data, index);
  const size_t third = (index - data) / 3;
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(data + 2 * third), third / 2, '\xFF');
  auto source = open(scratch_.write("damaged.mp4", bytes));
  const auto frames = all_frames(*source);
  EXPECT_LE(frames.size(), 20u);
  ASSERT_EQ(source->remarks().size(), 1u);
  EXPECT_SAYS(source->remarks()[0], "the file is truncated or damaged: ");
}

TEST_F(Video, ThatIsCutOffAnywhereGivesFramesOrOneSentence) {
  const std::string whole = avi("MJPG", {jpeg(48, 64, 50), jpeg(48, 64, 90), jpeg(48, 64, 130)}, 3);
  for (size_t bytes = 1; bytes < whole.size(); bytes += 37) {
    const auto file = scratch_.write("cut.avi", whole.substr(0, bytes));
    try {
      auto source = open(file);
      EXPECT_LE(all_frames(*source).size(), 3u);
      ASSERT_EQ(source->remarks().size(), 1u) << bytes;
      EXPECT_SAYS(source->remarks()[0], "the file is truncated or damaged");
    } catch (const InputError& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with(file.string())) << error.what();
    }
  }
}

TEST_F(Video, ThatCannotBeReadIsRefusedWithOneSentenceAndNothingElse) {
  const std::string whole = read_file(write("whole.mp4", 48, 64, 10));
  const Members cases = {
      {scratch_.write("cut.mp4", whole.substr(0, whole.size() / 2)).string(), "cannot be read"},
      {scratch_.write("text.mp4", std::string(500, 'a')).string(), "cannot be read as a video"},
      {scratch_.write("empty.mp4", "").string(), "0 bytes"},
      {path("absent.mp4"), "there is no such file"},
      {scratch_.path().string(), "expected a video file, found a folder, a device or a pipe"}};
  testing::internal::CaptureStderr();
  for (const auto& [file, sentence] : cases) {
    const std::string error = error_of([&] { make<Source>("video", {{"file", file}}); });
    EXPECT_TRUE(error.starts_with(file)) << error;
    EXPECT_SAYS(error, *sentence.text());
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Video, OfRealLifeHasAllItsFrames) {
  CLIPWORK_NEEDS_SHARED("data/video/dog.mp4");
  auto source = open(shared_dir() / "data/video/dog.mp4");
  EXPECT_EQ(source->count(), 80);
  EXPECT_NEAR(source->rate(), 30000.0 / 1001, 1e-9);
  int64_t frames = 0;
  double seconds = 0;
  while (auto frame = source->next()) {
    EXPECT_NEAR(frame->seconds, static_cast<double>(frames) * 1001 / 30000, 1e-5);
    seconds = frame->seconds;
    ++frames;
  }
  EXPECT_EQ(frames, 80);
  EXPECT_GT(seconds, 2.6);
}

TEST_F(Video, ThatIsCutOffGivesTheFramesThatAreThere) {
  CLIPWORK_NEEDS_SHARED("data/broken/truncated.mp4");
  auto source = open(shared_dir() / "data/broken/truncated.mp4");
  testing::internal::CaptureStderr();
  const auto frames = all_frames(*source);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  ASSERT_EQ(frames.size(), 44u);
  for (size_t i = 1; i < frames.size(); ++i) {
    EXPECT_GT(frames[i].seconds, frames[i - 1].seconds);
    EXPECT_FALSE(frames[i].pixels.equal(frames[i - 1].pixels)) << "frame " << i << " is repeated";
  }
  ASSERT_EQ(source->remarks().size(), 1u);
  EXPECT_SAYS(source->remarks()[0], "44 of 80 frames could be read");
}

}  // namespace
}  // namespace clipwork::test
