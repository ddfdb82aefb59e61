#pragma once
// Sums and means in the order in which the official code takes them.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace clipwork::evaluation {

/// numpy's sum: pairwise above 128 values, eight running sums below. Another order would differ in
/// the last bits, and an average area may lie on the border of two groups.
inline double numpy_sum(const double* values, size_t count) {
  if (count < 8) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += values[i];
    return sum;
  }
  if (count <= 128) {
    double sums[8];
    for (size_t k = 0; k < 8; ++k) sums[k] = values[k];
    size_t i = 8;
    for (; i + 8 <= count; i += 8)
      for (size_t k = 0; k < 8; ++k) sums[k] += values[i + k];
    double sum =
        ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (; i < count; ++i) sum += values[i];
    return sum;
  }
  size_t half = count / 2;
  half -= half % 8;
  return numpy_sum(values, half) + numpy_sum(values + half, count - half);
}

/// 0 for no values.
inline double numpy_mean(const double* values, size_t count) {
  return count ? numpy_sum(values, count) / static_cast<double>(count) : 0;
}

/// OVIS's score of a track: the mean of the upper half of its frames' labels, rounded up. Nothing
/// where no frame has a label.
inline std::optional<double> occlusion_score(std::vector<double> labels) {
  if (labels.empty()) return {};
  std::sort(labels.begin(), labels.end());
  const size_t upper = (labels.size() + 1) / 2;
  return numpy_mean(labels.data() + labels.size() - upper, upper);
}

}  // namespace clipwork::evaluation
