#pragma once
// Shared by transforms that draw between a smallest and a largest value.

#include <clipwork/error.h>
#include <clipwork/samples.h>

#include <algorithm>
#include <vector>

namespace clipwork::augment {

/// Throws InputError where the values are not two in ascending order, from `least` on.
template <class Number>
void check_limits(const char* name, const std::vector<Number>& values, Number least) {
  if (values.size() == 2 && least <= values[0] && values[0] <= values[1]) return;
  throw InputError(cat(name, " needs two numbers, the smallest and the largest, at least ", least));
}

/// So many numbers of [low, high), rising or falling: a motion that keeps its direction.
inline std::vector<double> sorted_draws(int64_t count, double low, double high, Draw& draw) {
  std::vector<double> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(draw.uniform(low, high));
  std::sort(values.begin(), values.end());
  if (draw.chance(0.5)) std::reverse(values.begin(), values.end());
  return values;
}

}  // namespace clipwork::augment
