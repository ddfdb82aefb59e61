#pragma once
// The arithmetic of multi-scale deformable attention for one query and head (Deformable DETR, eq.
// 3). These functions also compile for the host, so that tests run them without a GPU.

#include <cmath>

#include "kernels/gpu/gpu_kernels.h"
#include "kernels/gpu/portable.h"

namespace clipwork::gpu {

/// The four neighbours of a sample: their tokens, bilinear weights (0 outside of the map), and the
/// derivatives of the weights by x and y.
struct Corners {
  int32_t token[4];
  float weight[4], slope_x[4], slope_y[4];
};

/// The two neighbours along one axis.
struct Neighbours {
  int32_t low, high;
  float low_weight, high_weight, low_slope, high_slope;
};

CLIPWORK_HOST_DEVICE Neighbours neighbours_of(float place, int32_t size) {
  // fmaxf drops NaN, which so lies outside of the map.
  const float inside = fminf(fmaxf(place, -2.0F), static_cast<float>(size) + 1.0F);
  const float floor = floorf(inside), part = inside - floor;
  const auto low = static_cast<int32_t>(floor), high = low + 1;
  const bool has_low = low >= 0 && low < size, has_high = high >= 0 && high < size;
  return {has_low ? low : 0,      has_high ? high : 0,    has_low ? 1.0F - part : 0.0F,
          has_high ? part : 0.0F, has_low ? -1.0F : 0.0F, has_high ? 1.0F : 0.0F};
}

/// The place of a token on its own map, in [0, 1].
struct Place {
  float x, y;
};

CLIPWORK_HOST_DEVICE Place place_of(const SampledLevels& maps, int32_t token) {
  int32_t level = 0;
  while (level + 1 < maps.levels && token >= maps.first[level + 1]) ++level;
  const int32_t position = token - maps.first[level], width = maps.width[level];
  return {(static_cast<float>(position % width) + 0.5F) / static_cast<float>(width),
          (static_cast<float>(position / width) + 0.5F) / static_cast<float>(maps.height[level])};
}

/// The corners of sample `s` of a head with the numbers `raw` [3, samples], seen from `place`.
CLIPWORK_HOST_DEVICE Corners corners_of(const SampledLevels& maps, const float* raw, int32_t s,
                                        Place place) {
  const int32_t samples = maps.levels * maps.points, level = s / maps.points;
  const int32_t width = maps.width[level], height = maps.height[level];
  const float x = place.x * static_cast<float>(width) - 0.5F + raw[samples + s];
  const float y = place.y * static_cast<float>(height) - 0.5F + raw[2 * samples + s];
  const Neighbours across = neighbours_of(x, width), down = neighbours_of(y, height);
  Corners corners;
  for (int i = 0; i < 4; ++i) {
    const bool right = (i & 1) != 0, lower = (i & 2) != 0;
    const float weight_x = right ? across.high_weight : across.low_weight;
    const float weight_y = lower ? down.high_weight : down.low_weight;
    corners.token[i] = maps.first[level] + (lower ? down.high : down.low) * width +
                       (right ? across.high : across.low);
    corners.weight[i] = weight_x * weight_y;
    corners.slope_x[i] = (right ? across.high_slope : across.low_slope) * weight_y;
    corners.slope_y[i] = (lower ? down.high_slope : down.low_slope) * weight_x;
  }
  return corners;
}

}  // namespace clipwork::gpu
