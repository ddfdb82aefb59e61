#pragma once
// Properties of objects by which their AP is broken down, with bins.

#include <clipwork/host/ground_truth.h>

#include <optional>
#include <string>
#include <vector>

#include "evaluation/matching.h"

namespace clipwork::evaluation {

/// What an object's masks tell.
struct TrackShape {
  int64_t frames = 0;                      ///< with pixels
  int64_t first_frame = 0, end_frame = 0;  ///< of these, the first, and one behind the last
  std::optional<double> motion_iou;        ///< TrackAnalysis::motion_iou
};
TrackShape shape_of(const MaskList& masks);

struct Property {
  struct Bin {
    std::string name;
    Group group;  ///< for Candidates::Truth::area, and for `value` as its occlusion
  };
  std::string name, definition;
  std::vector<Bin> bins;
  /// The value that is compared with the limits of the bins' occlusion; outside of all where the
  /// object has none.
  double (*value)(const TruthTrack& track, const TrackShape& shape);
};

/// Size, occlusion (only if every object has a label), length and speed.
std::vector<Property> object_properties(bool occlusion);

}  // namespace clipwork::evaluation
