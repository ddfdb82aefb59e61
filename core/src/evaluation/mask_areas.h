#pragma once
// The mean area of the masks of a track.

#include <clipwork/mask_rle.h>

#include <cstdint>
#include <vector>

#include "evaluation/numbers.h"

namespace clipwork::evaluation {

/// Collects the areas of masks, of which those without pixels do not count.
class MaskAreas {
 public:
  void add(const MaskRle& mask) {
    if (const int64_t area = mask.area()) areas_.push_back(static_cast<double>(area));
  }
  double mean() const { return numpy_mean(areas_.data(), areas_.size()); }

 private:
  std::vector<double> areas_;
};

}  // namespace clipwork::evaluation
