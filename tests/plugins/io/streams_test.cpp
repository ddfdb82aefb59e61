#include <unistd.h>

#include <chrono>
#include <thread>

#include "media.h"

namespace clipwork::test {
namespace {

/// Standard input is a pipe that the test writes into.
class StandardInput : public Media {
 protected:
  void SetUp() override {
    Media::SetUp();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    before_ = ::dup(STDIN_FILENO);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    end_ = ends[1];
  }
  void TearDown() override {
    if (before_ < 0) return;
    close();
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
  }
  void write(const std::string& bytes) {
    ASSERT_EQ(::write(end_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void close() {
    if (end_ >= 0) ::close(end_);
    end_ = -1;
  }

 private:
  int before_ = -1, end_ = -1;
};

TEST_F(StandardInput, GivesPicturesOfAllFormatsOneAfterTheOther) {
  const std::string jpeg = painter()->encode_jpeg(plain(16, 24, 120, 120, 120));
  const std::string png = painter()->encode_png16(at::full({16, 24}, 40 * 256, at::kInt), "");
  write(ppm(24, 16, 80) + jpeg + png + ppm(24, 16, 20));
  close();
  auto source = make<Source>("stdin", {{"rate", 20.0}});
  EXPECT_FALSE(source->count());
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 4u);
  const int greys[] = {80, 120, 40, 20};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(value_at(frames[i].pixels, 2, 8, 8), greys[i], 1);
    EXPECT_NEAR(frames[i].seconds, static_cast<double>(i) / 20, 1e-12);
  }
}

TEST_F(StandardInput, GivesAPictureAsSoonAsItIsThere) {
  auto source = make<Source>("stdin", {});
  write(ppm(4, 4, 9));
  EXPECT_TRUE(source->next().has_value());
}

TEST_F(StandardInput, NamesThePictureThatIsCutOffOrNone) {
  write(ppm(4, 4, 9) + "what is this");
  close();
  auto source = make<Source>("stdin", {});
  source->next();
  const std::string error = error_of([&] { source->next(); });
  EXPECT_SAYS(error, "standard input, picture 1: is not a JPEG, PNG");
}

TEST_F(StandardInput, CanBeLeftWhileItWaits) {
  auto source = make<Source>("stdin", {});
  write("P6\n4 4\n");
  std::thread waker([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    source->cancel();
  });
  EXPECT_FALSE(source->next().has_value());
  waker.join();
}

using Camera = Media;

TEST_F(Camera, ThatIsNotThereIsRefused) {
  const std::string error = error_of([] { make<Source>("camera", {{"index", int64_t{999}}}); });
  EXPECT_SAYS(error, "camera:999: the camera cannot be opened");
}

}  // namespace
}  // namespace clipwork::test
