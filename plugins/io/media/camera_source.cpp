#include <clipwork/error.h>
#include <clipwork/text.h>

#include <filesystem>
#include <opencv2/core.hpp>

#include "pixels.h"
#include "sources.h"

namespace clipwork::media {
namespace {

std::string cameras_there() {
  std::vector<std::string> there;
  for (int i = 0; i < 64; ++i) {
    std::error_code ignored;
    if (std::filesystem::exists(cat("/dev/video", i), ignored)) there.push_back(cat("camera:", i));
  }
  return there.empty() ? "this machine has no cameras" : "available: " + join(there);
}

}  // namespace

CameraSource::CameraSource(const Parameters& parameters, const Given&) : camera_(parameters.index) {
  const std::string name = cat("camera:", camera_);
  if (!capture_.open(static_cast<int>(camera_), cv::CAP_V4L2)) {
    throw InputError("the camera cannot be opened", name, cameras_there());
  }
  check_size({static_cast<int64_t>(capture_.get(cv::CAP_PROP_FRAME_HEIGHT)),
              static_cast<int64_t>(capture_.get(cv::CAP_PROP_FRAME_WIDTH))},
             name);
  const double rate = capture_.get(cv::CAP_PROP_FPS);
  if (rate > 0 && rate <= 480) rate_ = rate;
}

std::optional<Frame> CameraSource::next() {
  cv::Mat picture;
  if (cancelled_ || !capture_.read(picture)) return {};
  const auto now = std::chrono::steady_clock::now();
  if (index_ == 0) start_ = now;
  Frame frame{tensor_from_bgr(picture), index_, std::chrono::duration<double>(now - start_).count(),
              cat("camera:", camera_, ", frame ", index_)};
  one_size_.check(frame);
  ++index_;
  return frame;
}

std::vector<std::string> CameraSource::remarks() const {
  if (cancelled_) return {};
  return {cat("camera:", camera_, " stopped delivering frames after ", index_)};
}

}  // namespace clipwork::media
