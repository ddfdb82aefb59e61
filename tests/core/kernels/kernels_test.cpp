// The kernels of every instruction set that this CPU has against the portable ones, at lengths that
// are not multiples of a vector, with guards behind what they may write.

#include <clipwork/error.h>

#include <cmath>
#include <limits>

#include "core/ops/ops_support.h"
#include "kernels/kernels.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

using Floats = std::vector<float>;

Floats numbers(int64_t count, uint64_t seed, double scale = 1) {
  Tensor values = normal({count}, seed) * scale;
  return {values.const_data_ptr<float>(), values.const_data_ptr<float>() + count};
}

// Memory of which a kernel may write the first `count` numbers.
class Guarded {
 public:
  explicit Guarded(int64_t count) : values_(size_t(count) + kGuard, kMark), count_(size_t(count)) {}
  float* data() { return values_.data(); }
  Floats values() const { return {values_.begin(), values_.begin() + int64_t(count_)}; }
  bool untouched() const {
    for (size_t i = count_; i < values_.size(); ++i) {
      if (values_[i] != kMark) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuard = 32;
  static constexpr float kMark = 12345;
  Floats values_;
  size_t count_;
};

void expect_near(const Floats& actual, const Floats& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  double largest = 1e-30;
  for (float value : expected) largest = std::max(largest, double(std::abs(value)));
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], tolerance * largest) << "at " << i;
  }
}

struct Scene {
  std::vector<SampledMap> maps;
  int64_t points, heads, depth, positions = 0;
  Floats values;

  Scene(const std::vector<std::array<int64_t, 2>>& sizes, int64_t points, int64_t heads,
        int64_t depth)
      : points(points), heads(heads), depth(depth) {
    for (auto [height, width] : sizes) {
      maps.push_back({height, width, positions});
      positions += height * width;
    }
    values = numbers(positions * heads * depth, 1);
  }
  SampledMaps sampled() const {
    return {values.data(), maps.data(), int64_t(maps.size()), points, heads, depth};
  }
  int64_t samples() const { return int64_t(maps.size()) * points; }
};

std::vector<Scene> scenes() {
  std::vector<Scene> all;
  all.emplace_back(std::vector<std::array<int64_t, 2>>{{3, 5}, {6, 9}, {1, 1}}, 4, 8, 32);
  all.emplace_back(std::vector<std::array<int64_t, 2>>{{4, 4}}, 1, 1, 3);
  all.emplace_back(std::vector<std::array<int64_t, 2>>{{2, 7}, {5, 3}}, 3, 11, 8);
  all.emplace_back(std::vector<std::array<int64_t, 2>>{{5, 5}, {3, 3}, {2, 2}, {1, 4}}, 16, 2, 53);
  return all;
}

// Calls `check` for every variant but the portable one, which is the last.
template <class Check>
void with_each_variant(Check check) {
  const Kernels* last = nullptr;
  for (int i = 0; kernels(i); ++i) last = kernels(i);
  ASSERT_EQ(last, &kKernelsPortable);
  for (int i = 0; kernels(i) != last; ++i) {
    SCOPED_TRACE(kernels(i)->name);
    check(*kernels(i));
  }
}

}  // namespace

TEST(Kernels, SampleAlike) {
  for (const Scene& scene : scenes()) {
    int64_t queries = 13, places = queries * scene.heads * scene.samples();
    Floats locations = numbers(places * 2, 2, 0.7), weights = numbers(places, 3);
    for (float& location : locations) location += 0.5f;
    auto run = [&](const Kernels& kernels) {
      Guarded out(queries * scene.heads * scene.depth);
      kernels.sample(scene.sampled(), locations.data(), weights.data(), out.data(), 0, 5);
      kernels.sample(scene.sampled(), locations.data(), weights.data(), out.data(), 5, queries);
      EXPECT_TRUE(out.untouched());
      return out.values();
    };
    Floats expected = run(kKernelsPortable);
    with_each_variant([&](const Kernels& variant) { expect_near(run(variant), expected, 2e-6); });
  }
}

TEST(Kernels, SampleRoundEveryPositionAlike) {
  for (const Scene& scene : scenes()) {
    Floats raw = numbers(scene.positions * scene.heads * 3 * scene.samples(), 2, 3);
    auto run = [&](const Kernels& kernels) {
      Guarded out(scene.positions * scene.heads * scene.depth);
      int64_t middle = scene.positions / 3;
      kernels.sample_around(scene.sampled(), raw.data(), out.data(), 0, middle);
      kernels.sample_around(scene.sampled(), raw.data(), out.data(), middle, scene.positions);
      EXPECT_TRUE(out.untouched());
      return out.values();
    };
    Floats expected = run(kKernelsPortable);
    with_each_variant([&](const Kernels& variant) { expect_near(run(variant), expected, 1e-5); });
  }
}

TEST(Kernels, SampleNothingAtPlacesThatAreNoNumbers) {
  Scene scene({{3, 4}}, 2, 1, 16);
  float none = std::numeric_limits<float>::quiet_NaN();
  float endless = std::numeric_limits<float>::infinity();
  Floats locations = {none, 0.5f, 0.5f, -endless}, weights = {1, 1};
  for (int i = 0; const Kernels* variant = kernels(i); ++i) {
    Floats out(16, 7);
    variant->sample(scene.sampled(), locations.data(), weights.data(), out.data(), 0, 1);
    EXPECT_EQ(out, Floats(16, 0)) << variant->name;
  }
}

TEST(Kernels, GiveGradientsAlike) {
  for (const Scene& scene : scenes()) {
    int64_t queries = 9, places = queries * scene.heads * scene.samples();
    Floats locations = numbers(places * 2, 2, 0.7), weights = numbers(places, 3);
    for (float& location : locations) location += 0.5f;
    Floats grad_out = numbers(queries * scene.heads * scene.depth, 4);
    auto run = [&](const Kernels& kernels) {
      Floats values(scene.values.size(), 0);
      Guarded of_locations(places * 2), of_weights(places);
      for (int64_t head = 0; head < scene.heads; ++head) {
        kernels.sample_backward(scene.sampled(), locations.data(), weights.data(), grad_out.data(),
                                values.data(), of_locations.data(), of_weights.data(), queries,
                                head);
      }
      EXPECT_TRUE(of_locations.untouched() && of_weights.untouched());
      return std::vector<Floats>{values, of_locations.values(), of_weights.values()};
    };
    auto expected = run(kKernelsPortable);
    with_each_variant([&](const Kernels& variant) {
      auto actual = run(variant);
      for (size_t i = 0; i < 3; ++i) expect_near(actual[i], expected[i], 3e-6);
    });
  }
}

TEST(Kernels, WeighOpenValuesByTheirExponentials) {
  constexpr float kScale = 0.3f;
  for (int64_t count : {1, 3, 16, 17, 240, 1001}) {
    for (double spread : {1.0, 200.0}) {
      Floats values = numbers(count, 1, spread);
      std::vector<char> closed(size_t(count), 0);
      for (int64_t i = 1; i < count; i += 3) closed[size_t(i)] = 1;
      for (bool masked : {false, true}) {
        double highest = -1e30, sum = 0;
        for (size_t i = 0; i < values.size(); ++i) {
          if (!masked || !closed[i]) highest = std::max(highest, double(values[i]));
        }
        Floats expected;
        for (size_t i = 0; i < values.size(); ++i) {
          double weight = std::exp(kScale * (double(values[i]) - highest));
          expected.push_back(masked && closed[i] ? 0 : float(weight));
          sum += double(expected.back());
        }
        for (int i = 0; const Kernels* variant = kernels(i); ++i) {
          SCOPED_TRACE(clipwork::cat(variant->name, ", ", count, " values, spread ", spread));
          Guarded weights(count);
          std::copy(values.begin(), values.end(), weights.data());
          const bool* mask = masked ? reinterpret_cast<const bool*>(closed.data()) : nullptr;
          EXPECT_NEAR(variant->masked_exp(weights.data(), mask, count, kScale), sum, 2e-6 * sum);
          expect_near(weights.values(), expected, 2e-6);
          EXPECT_TRUE(weights.untouched());
          // Closed values are exactly 0 and no value is so small that products become denormal.
          for (size_t j = 0; j < values.size(); ++j) {
            bool zero = weights.data()[j] == 0;
            EXPECT_TRUE(zero || (weights.data()[j] > 1e-30f && !(masked && closed[j])));
          }
        }
      }
    }
  }
}

TEST(Kernels, AddAndNormaliseAlike) {
  for (int64_t channels : {1, 5, 16, 37, 256}) {
    constexpr int64_t kRows = 6, kCodes = 4;
    Floats x = numbers(kRows * channels, 1), residual = numbers(kRows * channels, 2);
    Floats weight = numbers(channels, 3), bias = numbers(channels, 4);
    Floats position = numbers(kCodes * channels, 5);
    auto run = [&](const Kernels& kernels) {
      Guarded out(kRows * channels), placed(kRows * channels);
      kernels.add_norm(x.data(), residual.data(), weight.data(), bias.data(), position.data(), 3,
                       kCodes, out.data(), placed.data(), kRows, channels, 1e-5f);
      EXPECT_TRUE(out.untouched() && placed.untouched());
      return std::vector<Floats>{out.values(), placed.values()};
    };
    auto expected = run(kKernelsPortable);
    // Row 1 and shift 3 are row 0 of the codes.
    for (size_t i = size_t(channels); i < size_t(2 * channels); ++i) {
      EXPECT_EQ(expected[1][i], expected[0][i] + position[i - size_t(channels)]);
    }
    with_each_variant([&](const Kernels& variant) {
      auto actual = run(variant);
      for (size_t i = 0; i < 2; ++i) expect_near(actual[i], expected[i], 3e-6);
    });
  }
}

TEST(Kernels, SumChannelsInDoublePrecision) {
  for (int64_t channels : {1, 6, 16, 45}) {
    constexpr int64_t kPixels = 1003;
    // A mean that single-precision sums of squares would lose the variance beside.
    Floats x = numbers(kPixels * channels, 1);
    for (float& value : x) value += 1000;
    for (int i = 0; const Kernels* variant = kernels(i); ++i) {
      SCOPED_TRACE(variant->name);
      std::vector<double> sums(size_t(channels), 5), squares(size_t(channels), 7);
      variant->channel_sums(x.data(), kPixels, channels, sums.data(), squares.data());
      for (int64_t c = 0; c < channels; ++c) {
        double sum = 5, square = 7;
        for (int64_t pixel = 0; pixel < kPixels; ++pixel) {
          double value = x[size_t(pixel * channels + c)];
          sum += value;
          square += value * value;
        }
        EXPECT_NEAR(sums[size_t(c)], sum, 1e-12 * sum);
        EXPECT_NEAR(squares[size_t(c)], square, 1e-12 * square);
      }
    }
  }
}

TEST(Kernels, ScaleChannelsAlike) {
  for (int64_t channels : {1, 6, 16, 45}) {
    constexpr int64_t kPixels = 7;
    Floats x = numbers(kPixels * channels, 1), mean = numbers(channels, 2);
    Floats scale = numbers(channels, 3), bias = numbers(channels, 4);
    for (bool relu : {false, true}) {
      Floats expected;
      for (size_t i = 0; i < x.size(); ++i) {
        size_t c = i % size_t(channels);
        float value = (x[i] - mean[c]) * scale[c] + bias[c];
        expected.push_back(relu ? std::max(value, 0.0f) : value);
      }
      for (int i = 0; const Kernels* variant = kernels(i); ++i) {
        SCOPED_TRACE(variant->name);
        Guarded out(kPixels * channels);
        variant->channel_scale(x.data(), mean.data(), scale.data(), bias.data(), relu, out.data(),
                               kPixels, channels);
        expect_near(out.values(), expected, 1e-6);
        EXPECT_TRUE(out.untouched());
      }
    }
  }
}
