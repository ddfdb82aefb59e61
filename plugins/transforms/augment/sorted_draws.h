#pragma once
// Shared by transforms that move through a clip.

#include <clipwork/samples.h>

#include <algorithm>
#include <vector>

namespace clipwork::augment {

/// So many numbers of [low, high), rising or falling: a motion that keeps its direction.
inline std::vector<double> sorted_draws(int64_t count, double low, double high, Draw& draw) {
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(draw.uniform(low, high));
  std::sort(values.begin(), values.end());
  if (draw.chance(0.5)) std::reverse(values.begin(), values.end());
  return values;
}

}  // namespace clipwork::augment
