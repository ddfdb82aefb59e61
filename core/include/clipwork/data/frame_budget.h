#pragma once
// A limit to the length of lists by frame that a file only claims.

#include <cstdint>

namespace clipwork {

/// The entries that lists by frame may have beyond those of the file, for all of its objects
/// together: an entry takes 64 bytes, whether a mask is there or not. Without a limit, a thousand
/// objects of one mask in a video that claims 20,000 frames would fill the memory.
class FrameBudget {
 public:
  /// Of a file with that number of masks: four million entries, and 64 for each mask.
  explicit FrameBudget(int64_t masks) : left_(4'000'000 + 64 * masks) {}
  /// False, and nothing is taken, where fewer than `entries` are left.
  bool take(int64_t entries) {
    if (entries > left_) return false;
    left_ -= entries;
    return true;
  }

 private:
  int64_t left_;
};

}  // namespace clipwork
