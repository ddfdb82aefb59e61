#include "video_sink.h"

#include <clipwork/error.h>

#include <opencv2/core.hpp>

#include "pixels.h"

namespace clipwork::media {

void VideoSink::Parameters::describe(Describer& d) {
  d("file", file, "the video file to write: NAME.mp4").required();
  d("rate", rate, "frames per second").range(0.001, 1000);
}

VideoSink::VideoSink(const Parameters& parameters, const Given&)
    : name_(parameters.file), rate_(parameters.rate), output_(parameters.file) {}

void VideoSink::write(const Tensor& picture) {
  cv::Mat rows = bgr_from_tensor(picture);
  if (frames_ == 0) {
    size_ = {rows.rows, rows.cols};
    even_ = {(size_.height + 1) / 2 * 2, (size_.width + 1) / 2 * 2};
    const bool opened = writer_.open(
        output_.temporary().string(), cv::CAP_FFMPEG, cv::VideoWriter::fourcc('a', 'v', 'c', '1'),
        rate_, cv::Size(static_cast<int>(even_.width), static_cast<int>(even_.height)));
    if (!opened) {
      throw Error(cat("no H.264 encoder on this system supports ", even_.width, "x", even_.height,
                      " pictures at ", rate_, " per second"),
                  name_);
    }
  }
  if (Size{rows.rows, rows.cols} != size_) {
    throw Error(cat("a picture of ", rows.cols, "x", rows.rows, " in a video of ", size_.width, "x",
                    size_.height),
                name_);
  }
  if (even_ != size_) {
    cv::copyMakeBorder(rows, rows, 0, static_cast<int>(even_.height - size_.height), 0,
                       static_cast<int>(even_.width - size_.width), cv::BORDER_REPLICATE);
  }
  writer_.write(rows);
  ++frames_;
}

void VideoSink::finish() {
  if (frames_ == 0) throw Error("a video without pictures cannot be written", name_);
  writer_.release();
  // OpenCV keeps silent when a write fails; the index at the end of the file tells.
  cv::VideoCapture check(output_.temporary().string(), cv::CAP_FFMPEG);
  if (!check.isOpened() || static_cast<int64_t>(check.get(cv::CAP_PROP_FRAME_COUNT)) != frames_) {
    throw Error("the video could not be written completely", name_, "is the disk full?");
  }
  output_.commit();
}

std::vector<std::string> VideoSink::remarks() const {
  if (even_ == size_) return {};
  return {cat(name_, ": ", size_.width, "x", size_.height, " was padded to ", even_.width, "x",
              even_.height, ", because H.264 needs even sides")};
}

}  // namespace clipwork::media
