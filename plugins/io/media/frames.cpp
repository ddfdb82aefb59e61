#include "sources.h"

namespace clipwork::media {

void BadFrames::add(const Error& error) {
  if (policy_ == Policy::stop) {
    throw InputError(error.problem(), error.where(),
                     cat(error.advice(), error.advice().empty() ? "" : "; ",
                         "set output.bad_frames = \"skip\" to leave out such frames"));
  }
  skipped_.push_back(error.what());
}

std::vector<std::string> BadFrames::remarks() const {
  std::vector<std::string> remarks;
  for (const std::string& frame : skipped_) remarks.push_back("left out: " + frame);
  return remarks;
}

void OneSize::check(const Frame& frame) {
  const Size size{frame.pixels.size(1), frame.pixels.size(2)};
  if (!size_) size_ = size;
  if (size == *size_) return;
  throw InputError(cat("is ", size.width, "x", size.height, ", but earlier frames are ",
                       size_->width, "x", size_->height),
                   frame.name, "all frames of a video must have the same size");
}

}  // namespace clipwork::media
