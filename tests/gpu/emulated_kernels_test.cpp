// The kernels for GPUs, thread by thread on the CPU, against loops over the same bodies: indices,
// shuffles, memory layout and the last, incomplete block.

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "gpu/host_kernels.h"
#include "kernels/gpu/deformable.h"
#include "kernels/gpu/runs.h"

using namespace clipwork;
using gpu::Format;
using gpu::SampledLevels;

namespace {

std::vector<float> normal_numbers(int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> draw;
  std::vector<float> numbers(count);
  for (float& number : numbers) number = draw(engine);
  return numbers;
}

template <class T>
double largest_difference(const std::vector<T>& a, const std::vector<T>& b) {
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return most;
}

/// Three small maps; of a batch of 2 the threads do not fill whole blocks.
struct Problem {
  static constexpr int32_t kBatch = 2;

  Problem(int32_t depth, int32_t points) : maps{3, points, 3, depth, 0, {1, 2, 3}, {2, 3, 4}, {}} {
    for (int32_t level = 0; level < maps.levels; ++level) {
      maps.first[level] = maps.tokens;
      maps.tokens += maps.height[level] * maps.width[level];
    }
    const int64_t heads = int64_t{kBatch} * maps.tokens * maps.heads;
    value = normal_numbers(heads * depth, 1);
    raw = normal_numbers(heads * 3 * maps.levels * points, 2);
    grad = normal_numbers(heads * depth, 3);
  }

  SampledLevels maps;
  std::vector<float> value, raw, grad;
};

/// The largest difference between kernel and loop with values of type T.
template <class T>
double forward_difference(const Problem& problem, Format format) {
  const std::vector<T> value(problem.value.begin(), problem.value.end());
  std::vector<T> out(value.size()), expected(value.size());
  EXPECT_EQ(gpu::deformable(value.data(), problem.raw.data(), out.data(), Problem::kBatch,
                            problem.maps, format, nullptr),
            0);
  test::host_deformable(value.data(), problem.raw.data(), expected.data(), Problem::kBatch,
                        problem.maps, format);
  return largest_difference(out, expected);
}

}  // namespace

TEST(EmulatedDeformable, EqualsTheLoopForEverySampleCount) {
  for (int32_t depth : {8, 32}) {
    for (int32_t points : {1, 4, 10}) {
      EXPECT_LT(forward_difference<float>(Problem(depth, points), Format::float32), 2e-6)
          << depth << " " << points;
    }
  }
}

TEST(EmulatedDeformable, TakesValuesInReducedPrecision) {
  const Problem problem(32, 4);
  EXPECT_LT(forward_difference<c10::BFloat16>(problem, Format::bfloat16), 1.6e-2);
  EXPECT_LT(forward_difference<c10::Half>(problem, Format::float16), 2e-3);
}

TEST(EmulatedDeformable, HasTheGradientsOfTheLoop) {
  for (int32_t depth : {8, 32}) {
    const Problem problem(depth, 4);
    std::vector<float> grad_value(problem.value.size()), expected_value(problem.value.size());
    std::vector<float> grad_raw(problem.raw.size(), 9), expected_raw(problem.raw.size());
    ASSERT_EQ(gpu::deformable_backward(problem.value.data(), problem.raw.data(),
                                       problem.grad.data(), grad_value.data(), grad_raw.data(),
                                       Problem::kBatch, problem.maps, nullptr),
              0);
    test::host_deformable_backward(problem.value.data(), problem.raw.data(), problem.grad.data(),
                                   expected_value.data(), expected_raw.data(), Problem::kBatch,
                                   problem.maps);
    EXPECT_LT(largest_difference(grad_value, expected_value), 1e-5);
    EXPECT_LT(largest_difference(grad_raw, expected_raw), 2e-5);
  }
}

namespace {

using gpu::Enlargement;

/// A bilinear enlargement of one axis of n positions to m.
struct Axis {
  Axis(int32_t n, int32_t m) {
    for (int32_t i = 0; i < m; ++i) {
      const float place = std::max((static_cast<float>(i) + 0.5F) * n / m - 0.5F, 0.0F);
      const int32_t low = std::min(static_cast<int32_t>(place), n - 1);
      const float share = place - static_cast<float>(low);
      index.insert(index.end(), {low, std::min(low + 1, n - 1), 0, 0});
      weight.insert(weight.end(), {1 - share, share, 0, 0});
    }
  }
  std::vector<int32_t> index;
  std::vector<float> weight;
};

struct Runs {
  uint32_t cursor = 0;
  std::vector<uint16_t> changes;
  std::vector<gpu::Strip> strips;
};

/// Three masks, one of them full and one half full, enlarged.
struct Masks {
  static constexpr int32_t kMasks = 3;

  Masks(int32_t height, int32_t width, int32_t out_height, int32_t out_width, Enlargement::Sum sum)
      : x(width, out_width), y(height, out_height), values(kMasks * height * width) {
    const std::vector<float> noise = normal_numbers(height * width, 5);
    std::copy(noise.begin(), noise.end(), values.begin());
    for (int32_t i = 0; i < height * width; ++i) {
      values[height * width + i] = 1;
      values[2 * height * width + i] = i % width < width / 2 ? 1 : -1;
    }
    enlargement = {height,         width,           out_height,      out_width, x.index.data(),
                   y.index.data(), x.weight.data(), y.weight.data(), 0,         sum};
  }

  Runs run(bool emulated, uint32_t capacity) const {
    const int32_t strips = (enlargement.out_width + gpu::kStripColumns - 1) / gpu::kStripColumns;
    Runs runs{0, std::vector<uint16_t>(capacity + 1, 0xABCDU), std::vector<gpu::Strip>(3 * strips)};
    if (emulated) {
      EXPECT_EQ(gpu::runs(values.data(), kMasks, enlargement, runs.changes.data(), capacity,
                          &runs.cursor, runs.strips.data(), nullptr),
                0);
    } else {
      test::host_runs(values.data(), kMasks, enlargement, runs.changes.data(), capacity,
                      &runs.cursor, runs.strips.data());
    }
    return runs;
  }

  Axis x, y;
  std::vector<float> values;
  Enlargement enlargement;
};

void expect_equal_runs(const Masks& masks) {
  const auto pixels = static_cast<uint32_t>(masks.enlargement.out_height) *
                      masks.enlargement.out_width * Masks::kMasks;
  const Runs found = masks.run(true, pixels), expected = masks.run(false, pixels);
  EXPECT_EQ(found.cursor, expected.cursor);
  for (size_t i = 0; i < expected.strips.size(); ++i) {
    const gpu::Strip &a = found.strips[i], &b = expected.strips[i];
    ASSERT_EQ(a.count, b.count) << i;
    EXPECT_EQ(a.on, b.on) << i;
    EXPECT_NEAR(a.sum, b.sum, 1e-4 * b.sum + 1e-6) << i;
    for (uint32_t k = 0; k < a.count; ++k) {
      ASSERT_EQ(found.changes[a.first + k], expected.changes[b.first + k]) << i << " " << k;
    }
  }
}

}  // namespace

TEST(EmulatedRuns, EqualTheLoopForStripsThatAreCutShort) {
  expect_equal_runs(Masks(12, 20, 45, 81, Enlargement::Sum::none));
  expect_equal_runs(Masks(12, 20, 45, 81, Enlargement::Sum::sigmoids));
  expect_equal_runs(Masks(8, 8, 1, 70, Enlargement::Sum::values));
}

TEST(EmulatedRuns, EqualTheLoopForColumnsOfMoreThan32Words) {
  expect_equal_runs(Masks(4, 4, 1100, 33, Enlargement::Sum::none));
}

TEST(EmulatedRuns, ReportTheRoomThatTheyNeed) {
  const Masks masks(8, 8, 64, 64, Enlargement::Sum::none);
  constexpr uint32_t kCapacity = 10;
  const Runs found = masks.run(true, kCapacity);
  EXPECT_EQ(found.cursor, masks.run(false, kCapacity).cursor);
  EXPECT_GT(found.cursor, kCapacity);
  EXPECT_EQ(found.changes[kCapacity], 0xABCDU);
}
