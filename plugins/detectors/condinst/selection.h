#pragma once
#include <clipwork/detector.h>

#include <vector>

#include "parameters.h"

namespace clipwork::condinst {

/// Points of a level with stride s: float [h w, 2], (x s + s div 2, y s + s div 2), rows first.
Tensor level_points(int64_t height, int64_t width, int64_t stride, at::TensorOptions options);

/// The points of one frame that may become detections.
struct PointSet {
  Candidates scores;
  Tensor points, strides;  ///< float [M, 2], [M, 1]
  Tensor boxes;            ///< float [M, 4], x0, y0, x1, y1 in output pixels
  Tensor kernels,
      features;  ///< float [M, kernel_size], [M, C]; features undefined where there are none

  PointSet index_select(const Tensor& rows) const;
};

/// The points of all levels, of each the best `level_candidates` by class score times centre-ness.
/// `dense` as `Network::head` gives it under "p3.NAME", of batch 1.
PointSet candidates(const Parameters& parameters, const Tensors& dense, const Geometry& geometry);

/// The rows of `set` that become detections, best first: those over the class threshold that
/// `scores` [M] does not exclude, without worse ones that overlap a better one.
std::vector<int64_t> choose(const Parameters& parameters, const PointSet& set,
                            const Tensor& scores);

}  // namespace clipwork::condinst
