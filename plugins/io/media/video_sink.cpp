#include "video_sink.h"

#include <clipwork/error.h>

#include <opencv2/core.hpp>

#include "pixels.h"

namespace clipwork::media {

void VideoSink::Parameters::describe(Describer& d) {
  d("file", file, "the video file to write: NAME.mp4").required();
  d("rate", rate, "about the number of frames per second; each frame has a time of its own")
      .range(0.001, 1000);
}

VideoSink::VideoSink(const Parameters& parameters, const Given&)
    : name_(parameters.file), rate_(parameters.rate), output_(parameters.file) {}

void VideoSink::write(const Tensor& picture, double seconds) {
  check_picture(picture);
  const Size size{picture.size(1), picture.size(2)};
  if (!encoder_) {
    size_ = size;
    even_ = {(size.height + 1) / 2 * 2, (size.width + 1) / 2 * 2};
    encoder_.emplace(output_.temporary(), name_, even_, rate_);
  }
  if (size != size_) {
    throw Error(cat("a picture of ", size.width, "x", size.height, " in a video of ", size_.width,
                    "x", size_.height),
                name_);
  }
  cv::Mat rows = encoder_->rows();
  const int height = static_cast<int>(size.height), width = static_cast<int>(size.width);
  cv::Mat inside = rows(cv::Rect(0, 0, width, height));
  rgb_from_tensor(picture, inside);
  if (width < rows.cols) rows.col(width - 1).copyTo(rows.col(width));
  if (height < rows.rows) rows.row(height - 1).copyTo(rows.row(height));
  encoder_->add(seconds);
}

void VideoSink::finish(double seconds) {
  if (!encoder_) throw Error("a video without pictures cannot be written", name_);
  encoder_->finish(seconds);
  output_.commit();
}

std::vector<std::string> VideoSink::remarks() const {
  if (even_ == size_) return {};
  return {cat(name_, ": ", size_.width, "x", size_.height, " was padded to ", even_.width, "x",
              even_.height, ", because H.264 needs even sides")};
}

}  // namespace clipwork::media
