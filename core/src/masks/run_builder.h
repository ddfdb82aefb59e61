#pragma once
// Run lengths, put together run by run.

#include <clipwork/mask_rle.h>

#include <cstdint>

namespace clipwork {

/// Puts runs together. Empty runs are valid but say nothing; without them equal masks have equal
/// codes.
class RunBuilder {
 public:
  /// Throws InputError where the size is negative or run lengths could not count its pixels.
  explicit RunBuilder(Size size, size_t expected = 0);
  /// The pixels behind the runs so far.
  int64_t left() const { return left_; }
  /// At most `left` pixels.
  void add(int64_t length, bool foreground) {
    if (length == 0) return;
    left_ -= length;
    const auto run = static_cast<uint32_t>(length);
    if (rle_.counts.empty() && foreground) rle_.counts.push_back(0);
    if (foreground == (rle_.counts.size() % 2 == 1)) {
      rle_.counts.push_back(run);
    } else {
      rle_.counts.back() += run;
    }
  }
  /// The mask; pixels that no run covers are background.
  MaskRle done() {
    add(left_, false);
    return std::move(rle_);
  }

 private:
  MaskRle rle_;
  int64_t left_;
};

}  // namespace clipwork
