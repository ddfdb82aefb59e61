#pragma once
#include <clipwork/targets.h>

#include <vector>

namespace clipwork::condinst {

/// The objects that the points of all levels belong to, of one frame of one sample.
struct PointTargets {
  std::vector<int64_t> points;   ///< positive points, ascending, counted over all levels
  std::vector<int64_t> objects;  ///< the object of each
  Tensor distances;              ///< float [n, 4]: of each to its object's left, top, right, bottom
};

/// Levels that points lie on.
struct PointLevels {
  Tensor points;             ///< float [P, 2], levels in order, rows first
  Tensor strides;            ///< float [P]
  Tensor smallest, largest;  ///< float [P]: the largest distance that a level is for, both included
};

/// A point belongs to an object if it lies strictly inside the square of `radius` strides round the
/// mask's centre of mass, cut by the box, and the largest distance to the box's sides is in its
/// level's range; of several objects to that with the smallest box (CondInst, `get_targets`).
/// Objects absent from the frame take no part. Targets of one frame, with boxes.
PointTargets point_targets(const Targets& targets, const PointLevels& levels, double radius);

}  // namespace clipwork::condinst
