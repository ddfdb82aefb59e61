#include "media.h"

namespace clipwork::test {
namespace {

class Video : public Media {
 protected:
  /// A video of plain pictures, each a little brighter than the one before.
  std::string write(const std::string& name, int64_t height, int64_t width, int frames) {
    auto sink = make<Sink>("video", {{"file", path(name)}, {"rate", 25.0}});
    for (int i = 0; i < frames; ++i) sink->write(plain(height, width, 20 * i, 20 * i, 20 * i));
    sink->finish();
    return path(name);
  }
};

TEST_F(Video, GivesBackTheFramesThatWereWrittenWithTheirTimes) {
  auto source = make<Source>("video", {{"file", write("a.mp4", 48, 64, 10)}});
  EXPECT_EQ(source->count(), 10);
  EXPECT_DOUBLE_EQ(source->rate(), 25);
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 10u);
  for (int i = 0; i < 10; ++i) {
    const Frame& frame = frames[static_cast<size_t>(i)];
    EXPECT_EQ(frame.index, i);
    EXPECT_NEAR(frame.seconds, i / 25.0, 1e-6);
    EXPECT_EQ(frame.pixels.sizes(), at::IntArrayRef({3, 48, 64}));
    EXPECT_NEAR(value_at(frame.pixels, 1, 20, 30), 20 * i, 3);
  }
  EXPECT_TRUE(source->remarks().empty());
}

TEST_F(Video, KeepsRedGreenAndBlueApart) {
  auto sink = make<Sink>("video", {{"file", path("red.mp4")}});
  for (int i = 0; i < 3; ++i) sink->write(plain(48, 64, 220, 40, 90));
  sink->finish();
  const auto frames = all_frames(*make<Source>("video", {{"file", path("red.mp4")}}));
  EXPECT_NEAR(value_at(frames.at(1).pixels, 0, 24, 32), 220, 6);
  EXPECT_NEAR(value_at(frames.at(1).pixels, 1, 24, 32), 40, 6);
  EXPECT_NEAR(value_at(frames.at(1).pixels, 2, 24, 32), 90, 6);
}

TEST_F(Video, PadsOddSidesAndSaysSo) {
  auto sink = make<Sink>("video", {{"file", path("odd.mp4")}});
  sink->write(plain(33, 65, 90, 90, 90));
  sink->finish();
  ASSERT_EQ(sink->remarks().size(), 1u);
  EXPECT_SAYS(sink->remarks()[0], "65x33 was padded to 66x34");
  const auto frames = all_frames(*make<Source>("video", {{"file", path("odd.mp4")}}));
  EXPECT_EQ(frames.at(0).pixels.sizes(), at::IntArrayRef({3, 34, 66}));
  EXPECT_NEAR(value_at(frames[0].pixels, 0, 33, 65), 90, 3);
}

TEST_F(Video, IsNotThereUntilItIsFinished) {
  {
    auto sink = make<Sink>("video", {{"file", path("half.mp4")}});
    sink->write(plain(32, 32, 0, 0, 0));
    EXPECT_FALSE(std::filesystem::exists(path("half.mp4")));
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(Video, OfOnePictureSizeOnlyIsWritten) {
  auto sink = make<Sink>("video", {{"file", path("a.mp4")}});
  sink->write(plain(32, 32, 0, 0, 0));
  EXPECT_SAYS(error_of([&] { sink->write(plain(32, 48, 0, 0, 0)); }), "48x32 in a video of 32x32");
}

TEST_F(Video, IsTurnedAsItsFileSays) {
  std::string bytes = read_file(write("a.mp4", 48, 64, 4));
  // The display matrix of the track: from none to a quarter turn.
  const size_t matrix = bytes.find("tkhd") + 4 + 40;
  const std::string none("\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0", 20);
  const std::string quarter("\0\0\0\0\0\1\0\0\0\0\0\0\xFF\xFF\0\0\0\0\0\0", 20);
  ASSERT_EQ(bytes.substr(matrix, 20), none);
  bytes.replace(matrix, 20, quarter);
  const auto file = scratch_.write("turned.mp4", bytes);
  const auto frames = all_frames(*make<Source>("video", {{"file", file.string()}}));
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_EQ(frames[0].pixels.sizes(), at::IntArrayRef({3, 64, 48}));
}

TEST_F(Video, ThatCannotBeReadIsRefusedWithOneSentenceAndNothingElse) {
  const std::string whole = read_file(write("whole.mp4", 48, 64, 10));
  const Members cases = {
      {scratch_.write("cut.mp4", whole.substr(0, whole.size() / 2)).string(), "cannot be read"},
      {scratch_.write("text.mp4", std::string(500, 'a')).string(), "cannot be read as a video"},
      {scratch_.write("empty.mp4", "").string(), "0 bytes"},
      {path("absent.mp4"), "there is no such file"},
      {scratch_.path().string(), "is not a file"}};
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
  auto source = make<Source>("video", {{"file", (shared_dir() / "data/video/dog.mp4").string()}});
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
  auto source =
      make<Source>("video", {{"file", (shared_dir() / "data/broken/truncated.mp4").string()}});
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
