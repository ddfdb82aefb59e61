#include "sources.h"

namespace clipwork::media {

void BadFrames::add(const Error& error) {
  if (policy_ == Policy::stop) {
    throw InputError(error.problem(), error.where(),
                     "output.bad_frames = \"skip\" leaves such frames out");
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
  throw InputError(cat("is ", size.width, "x", size.height, " where the frames before are ",
                       size_->width, "x", size_->height),
                   frame.name, "the frames of a video are all of one size");
}

}  // namespace clipwork::media
