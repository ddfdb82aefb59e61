#include "video_source.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include <cmath>
#include <opencv2/core.hpp>

#include "orientation.h"
#include "pixels.h"

namespace clipwork::media {

VideoSource::VideoSource(const Parameters& parameters, const Given&)
    : file_(parameters.file), decoder_(file_) {
  if (decoder_.file().is_fragmented()) return;
  if (const auto index = decoder_.file().index()) count_ = index->frames - index->missing;
}

Tensor VideoSource::upright_rgb(const AVFrame& picture) {
  const Orientation orientation(decoder_.display_matrix());
  const Size shown = orientation.apply(Size{picture.height, picture.width});
  if (!size_) size_ = shown;
  if (shown != *size_ && scaled_++ == 0) {
    first_scaled_ = cat("frame ", index_, " (", shown.width, "x", shown.height, ")");
  }
  const Size stored = orientation.apply(*size_);
  const int width = static_cast<int>(stored.width), height = static_cast<int>(stored.height);
  if (!rgb_ || rgb_->width != width || rgb_->height != height) {
    rgb_ = make_picture(width, height, AV_PIX_FMT_RGB24);
  }
  scaler_.convert(picture, *rgb_);
  const cv::Mat rows(height, width, CV_8UC3, rgb_->data[0], static_cast<size_t>(rgb_->linesize[0]));
  return tensor_from_rgb(orientation.apply(rows));
}

std::optional<Frame> VideoSource::next() {
  if (ended_) return {};
  const AVFrame* picture = decoder_.next();
  if (!picture) {
    ended_ = true;
    return {};
  }
  const std::string name = cat(file_.string(), ", frame ", index_);
  check_size({picture->height, picture->width}, name, kMostVideoPixels);
  try {
    Frame frame{upright_rgb(*picture), index_, decoder_.seconds(), name};
    ++index_;
    return frame;
  } catch (const Error& error) {
    throw InputError(error.problem(), name);
  }
}

std::optional<double> VideoSource::end_seconds() const {
  const double end = decoder_.end_seconds();
  const std::optional<VideoFile::Index> index = decoder_.file().index();
  const bool whole = ended_ && index && index->missing == 0 && !decoder_.file().is_fragmented();
  if (!whole || !index->end_seconds || *index->end_seconds <= decoder_.seconds()) return end;
  // Durations are stored in the order of decoding. Where the rate varies, that of the last packet
  // is not that of the last picture.
  constexpr double kRounding = 0.001;
  return std::abs(*index->end_seconds - end) > kRounding ? *index->end_seconds : end;
}

std::vector<std::string> VideoSource::remarks() const {
  std::vector<std::string> remarks;
  if (scaled_ > 0) {
    remarks.push_back(cat(file_.string(), ": scaled to ", size_->width, "x", size_->height,
                          ", the size of the first frame: ", counted(scaled_, "frame"),
                          " of another size, beginning with ", first_scaled_));
  }
  if (!ended_) return remarks;
  const std::optional<VideoFile::Index> index = decoder_.file().index();
  if (index && index->missing > 0) {
    remarks.push_back(cat(file_.string(), ": ", index_, " of ", index->frames,
                          " frames could be read; the file is truncated or damaged"));
  } else if (const std::string damage = decoder_.damage(); !damage.empty()) {
    remarks.push_back(cat(file_.string(), ": ", counted(index_, "frame"),
                          " could be read; the file is truncated or damaged: ", damage));
  }
  return remarks;
}

}  // namespace clipwork::media
