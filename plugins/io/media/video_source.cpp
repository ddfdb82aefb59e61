#include <clipwork/error.h>

#include <opencv2/core.hpp>

#include "pixels.h"
#include "sources.h"

namespace clipwork::media {
namespace fs = std::filesystem;

VideoSource::VideoSource(const Parameters& parameters, const Given&) : file_(parameters.file) {
  const std::string name = file_.string();
  std::error_code failed;
  const auto status = fs::status(file_, failed);
  if (!fs::exists(status)) throw InputError("there is no such file", name);
  if (!fs::is_regular_file(status)) throw InputError("is not a file", name);
  if (fs::file_size(file_, failed) == 0) throw InputError("the video is empty: 0 bytes", name);
  // An absolute path can never be taken for a protocol of FFmpeg's ("concat:...").
  if (!capture_.open(fs::absolute(file_).string(), cv::CAP_FFMPEG)) {
    throw InputError(
        "cannot be read as a video: it is truncated before its index, damaged, or not a video",
        name);
  }
  check_size({static_cast<int64_t>(capture_.get(cv::CAP_PROP_FRAME_HEIGHT)),
              static_cast<int64_t>(capture_.get(cv::CAP_PROP_FRAME_WIDTH))},
             name);
  const double frames = capture_.get(cv::CAP_PROP_FRAME_COUNT);
  if (frames >= 1 && frames < 1e9) count_ = static_cast<int64_t>(frames);
  // Containers that rely on timestamps report their clock's rate instead: 1000 or 90000.
  const double rate = capture_.get(cv::CAP_PROP_FPS);
  if (rate > 0 && rate <= 480) rate_ = rate;
}

bool VideoSource::read() {
  // OpenCV ends at the first damaged packet, with good frames still in the decoder behind it.
  constexpr int kAttempts = 16;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (capture_.read(picture_)) return true;
    if (!count_ || index_ >= *count_) return false;
  }
  return false;
}

std::optional<Frame> VideoSource::next() {
  if (ended_) return {};
  const std::string name = cat(file_.string(), ", frame ", index_);
  try {
    ended_ = !read();
  } catch (const cv::Exception& error) {
    throw InputError(cat("cannot be decoded: ", error.err), name);
  }
  if (ended_) return {};
  double seconds = capture_.get(cv::CAP_PROP_POS_MSEC) / 1000;
  // Frames behind a damaged packet come without a time.
  if (index_ > 0 && seconds <= seconds_) seconds = seconds_ + (rate_ > 0 ? 1 / rate_ : 0.1);
  seconds_ = seconds;
  Frame frame{tensor_from_bgr(picture_), index_, seconds, name};
  one_size_.check(frame);
  ++index_;
  return frame;
}

std::vector<std::string> VideoSource::remarks() const {
  if (!ended_ || !count_ || index_ >= *count_) return {};
  return {cat(file_.string(), ": ", index_, " of ", *count_,
              " frames could be read; the file is truncated or damaged")};
}

}  // namespace clipwork::media
