#pragma once
// A limit to what the polygons of a file may cost.

#include <clipwork/error.h>

#include <cstdint>
#include <vector>

#include "masks/polygon.h"

namespace clipwork {

/// Counts the pixel columns that the polygons of a file cross, which cost up to 4 bytes each. A few
/// points may cross very wide pictures; polygons of data sets cross some ten columns a point.
class PolygonBudget {
 public:
  /// Throws InputError where the polygons so far cross more than 64 million columns and 500 for
  /// each of their points.
  void take(const std::vector<std::vector<double>>& parts, Size size) {
    for (const std::vector<double>& part : parts) {
      // One that crosses more is not drawn.
      const int64_t crossings = crossings_of(part, size);
      if (crossings <= kMostCrossings) crossings_ += crossings;
      most_ += kMostOfPoint * static_cast<int64_t>(part.size() / 2);
    }
    if (crossings_ <= most_) return;
    throw InputError(cat("the edges of the file's polygons cross ", crossings_,
                         " pixel columns up to here, ", "expected at most ", most_),
                     {}, "check the width of the videos; masks as run lengths have no such limit");
  }

 private:
  static constexpr int64_t kMostOfPoint = 500;
  int64_t crossings_ = 0, most_ = int64_t{64} << 20;
};

}  // namespace clipwork
