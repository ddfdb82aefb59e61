#pragma once
#include <ATen/core/Tensor.h>
#include <clipwork/context.h>

#include <cstdint>
#include <string>

#include "boxes.h"

namespace clipwork::mask_rcnn {

/// The object that each of n boxes was matched with.
struct BoxMatches {
  /// int64 [n]: the object that overlaps the box most; 0 where there are none.
  Tensor objects;
  /// int64 [n]: 1 an object, 0 background, -1 neither.
  Tensor labels;
};

/// Overlap thresholds of a match.
struct MatchRule {
  double background;  ///< boxes whose largest overlap is below this are background
  double object;      ///< boxes whose largest overlap is at least this are matched
  /// The boxes that overlap an object most are matched with theirs, too, however little it is.
  bool best_always;
};

/// Matches boxes [n, 4] with the boxes of objects [N, 4] (Ren et al., Faster R-CNN, section 3.1.2).
BoxMatches match_boxes(const Tensor& boxes, const Tensor& objects, const MatchRule& rule);

/// A random sample of matched and background boxes.
struct BoxSample {
  Tensor objects;     ///< int64: boxes with an object
  Tensor background;  ///< int64: boxes without
};

/// At most `count` boxes, of which at most `share` have objects. Boxes with the smallest random
/// numbers are taken; a listener hears, and may replace, the numbers as "draw.PURPOSE".
BoxSample sample_boxes(const Tensor& labels, int64_t count, double share, Context& context,
                       const std::string& purpose);

}  // namespace clipwork::mask_rcnn
