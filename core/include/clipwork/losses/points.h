#pragma once
// Masks at points: what mask losses and matching costs are computed from, instead of whole masks.
// Points are (x, y) in [0, 1]^2 over the padded picture, so that predictions at stride 4 and labels
// at picture size are sampled at the same places and nothing is resized.

#include <clipwork/context.h>
#include <clipwork/parameters.h>
#include <clipwork/tensors.h>

#include <string>

namespace clipwork {

/// The number of points that a mask is compared at, and the way in which they are chosen
/// (PointRend).
struct PointSettings {
  int64_t count = 12544;     ///< P
  double oversample = 3;     ///< candidates are int(P * oversample)
  double importance = 0.75;  ///< the int(P * importance) most uncertain candidates are kept
  void describe(Describer& d);
  int64_t candidates() const { return static_cast<int64_t>(double(count) * oversample); }
  int64_t uncertain() const { return static_cast<int64_t>(double(count) * importance); }
  int64_t random() const { return count - uncertain(); }
};

/// Uniform numbers in [0, 1) of the generator "points". A listener hears, and may replace, them as
/// "draw.PURPOSE".
Tensor draw_points(Context& context, at::IntArrayRef shape, const std::string& purpose);

/// The points of rows of mask logits [R, h, w]: of `candidates` [R, M, 2] the k with the smallest
/// |logit|, most uncertain first, then `random` [R, P - k, 2]. [R, P, 2], without gradient
/// (PointRend, `get_uncertain_point_coords_with_randomness`).
Tensor uncertain_points(const Tensor& logits, const PointSettings& settings,
                        const Tensor& candidates, const Tensor& random);

}  // namespace clipwork
