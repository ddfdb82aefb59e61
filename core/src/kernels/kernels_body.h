#pragma once
// The kernels, written once in GCC's vector extension for CLIPWORK_LANES floats a vector (4, 8 or
// 16) and compiled once for each instruction set. Everything is in an unnamed namespace, and
// nothing but intrinsics and plain memory is used: a function that the linker could share with
// other files would carry this file's instructions to CPUs that lack them.

#include "kernels/kernels.h"
#include "kernels/vectors.h"
#include "kernels/winograd_body.h"

namespace clipwork {
namespace {

// exp(x) for x <= 0, to 2 units in the last place. Below -60 it is exactly 0: the sums that these
// values enter have a term of 1, and smaller numbers would turn products into denormal ones, which
// are tens of times slower.
inline Vector negative_exp(Vector x) {
  constexpr float kRounder = 12582912.0f;  // adding 1.5 * 2^23 rounds to an integer
  Vector open = larger(x, all(-60.0f));
  Vector shifted = open * 1.44269504f + kRounder;
  Vector power = shifted - kRounder;
  Vector rest = open - power * 0.693359375f + power * 2.12194440e-4f;
  Vector sum = all(1.9875691500e-4f);
  sum = sum * rest + 1.3981999507e-3f;
  sum = sum * rest + 8.3334519073e-3f;
  sum = sum * rest + 4.1665795894e-2f;
  sum = sum * rest + 1.6666665459e-1f;
  sum = sum * rest + 5.0000001201e-1f;
  sum = sum * (rest * rest) + rest + 1.0f;
  Integers exponent = bits_of<Integers>(shifted) - bits_of<int32_t>(kRounder);
  Vector value = bits_of<Vector>(bits_of<Integers>(sum) + (exponent << 23));
  return x >= -60.0f ? value : Vector{};
}

// ---- deformable sampling

constexpr int64_t kSampleRoom = kMostSamples + 16, kHeadGroup = 8;

// For every sample of a head: its map's size and the memory distances of that map.
struct SampleTable {
  int64_t count, stride;
  float width[kSampleRoom], height[kSampleRoom];
  int32_t first[kSampleRoom], row[kSampleRoom];
  int32_t step;

  explicit SampleTable(const SampledMaps& m)
      : count(m.map_count * m.points),
        stride((count + kLanes - 1) / kLanes * kLanes),
        step(int32_t(m.heads * m.depth)) {
    for (int64_t i = 0; i < stride; ++i) {
      const SampledMap map = i < count ? m.maps[i / m.points] : SampledMap{1, 1, 0};
      width[i] = float(map.width);
      height[i] = float(map.height);
      first[i] = int32_t(map.first) * step;
      row[i] = int32_t(map.width) * step;
    }
  }
};

// The four neighbours of every sample of a head: where they are, and what they count for. Corner c
// of sample i is at c * SampleTable::stride + i.
struct Corners {
  float weight[4 * kSampleRoom];
  int32_t place[4 * kSampleRoom];
};
// The derivatives of those weights by x and y.
struct Slopes {
  float x[4 * kSampleRoom], y[4 * kSampleRoom];
};

struct Axis {
  Integers low, high;              // both neighbours, moved inside
  Vector low_weight, high_weight;  // 0 where the neighbour was outside
  Vector low_slope, high_slope;
};

inline Axis split_axis(Vector x, Vector size) {
  // NaN becomes -2 as well, so that all its corners have weight 0.
  Vector inside = smaller(larger(x, all(-2.0f)), size + 1.0f);
  Integers low = __builtin_convertvector(inside, Integers);
  low += inside < __builtin_convertvector(low, Vector);  // truncation rounds negative numbers up
  Integers last = __builtin_convertvector(size, Integers) - 1, high = low + 1;
  Vector part = inside - __builtin_convertvector(low, Vector);
  const Integers zero{};
  Integers has_low = (low >= 0) & (low <= last), has_high = (high >= 0) & (high <= last);
  return {smaller(larger(low, zero), last), smaller(larger(high, zero), last),
          has_low ? 1.0f - part : Vector{}, has_high ? part : Vector{},
          has_low ? all(-1.0f) : Vector{},  has_high ? all(1.0f) : Vector{}};
}

// x and y in positions of each sample's map, pixel centres at whole numbers. `slopes` may be null.
inline void find_corners(const SampleTable& table, const float* x, const float* y,
                         const float* weights, Corners& corners, Slopes* slopes = nullptr) {
  const int64_t stride = table.stride;
  for (int64_t i = 0; i < table.count; i += kLanes) {
    Axis across = split_axis(load(x + i), load(table.width + i));
    Axis down = split_axis(load(y + i), load(table.height + i));
    Vector weight = load(weights + i);
    Vector upper = down.low_weight * weight, lower = down.high_weight * weight;
    store(corners.weight + i, upper * across.low_weight);
    store(corners.weight + stride + i, upper * across.high_weight);
    store(corners.weight + 2 * stride + i, lower * across.low_weight);
    store(corners.weight + 3 * stride + i, lower * across.high_weight);
    Integers first = load<Integers>(table.first + i), row = load<Integers>(table.row + i);
    Integers upper_row = first + down.low * row, lower_row = first + down.high * row;
    Integers left = across.low * table.step, right = across.high * table.step;
    store(corners.place + i, upper_row + left);
    store(corners.place + stride + i, upper_row + right);
    store(corners.place + 2 * stride + i, lower_row + left);
    store(corners.place + 3 * stride + i, lower_row + right);
    if (!slopes) continue;
    store(slopes->x + i, upper * across.low_slope);
    store(slopes->x + stride + i, upper * across.high_slope);
    store(slopes->x + 2 * stride + i, lower * across.low_slope);
    store(slopes->x + 3 * stride + i, lower * across.high_slope);
    store(slopes->y + i, weight * down.low_slope * across.low_weight);
    store(slopes->y + stride + i, weight * down.low_slope * across.high_weight);
    store(slopes->y + 2 * stride + i, weight * down.high_slope * across.low_weight);
    store(slopes->y + 3 * stride + i, weight * down.high_slope * across.high_weight);
  }
}

// out[0 .. kBlocks * kLanes - 1] = the weighted sum of all corners.
template <int kBlocks>
inline void sum_corners(const float* values, const Corners& corners, const SampleTable& table,
                        float* out) {
  // Several independent sums hide the latency of one, as far as registers last.
  constexpr int kSets = kBlocks <= 2 ? 4 : 2;
  Vector sums[kSets][kBlocks] = {};
  for (int64_t i = 0; i < table.count; ++i) {
    for (int corner = 0; corner < 4; ++corner) {
      const float* from = values + corners.place[corner * table.stride + i];
      Vector weight = all(corners.weight[corner * table.stride + i]);
      for (int block = 0; block < kBlocks; ++block) {
        sums[corner % kSets][block] += weight * load(from + block * kLanes);
      }
    }
  }
  for (int block = 0; block < kBlocks; ++block) {
    Vector sum = sums[0][block];
    for (int set = 1; set < kSets; ++set) sum += sums[set][block];
    store(out + block * kLanes, sum);
  }
}

inline void sum_head(const float* values, const Corners& corners, const SampleTable& table,
                     int64_t depth, float* out) {
  int64_t done = 0;
  for (; done + 32 <= depth; done += 32) {
    sum_corners<32 / kLanes>(values + done, corners, table, out + done);
  }
  for (; done + kLanes <= depth; done += kLanes) {
    sum_corners<1>(values + done, corners, table, out + done);
  }
  for (; done < depth; ++done) {
    float sum = 0;
    for (int64_t i = 0; i < table.count; ++i) {
      for (int64_t at = i; at < 4 * table.stride; at += table.stride) {
        sum += corners.weight[at] * values[done + corners.place[at]];
      }
    }
    out[done] = sum;
  }
}

// locations of one head's samples, in [0, 1], as positions of each sample's map.
inline void read_locations(const SampleTable& table, const float* locations, float* x, float* y) {
  for (int64_t s = 0; s < table.count; ++s) {
    x[s] = locations[2 * s] * table.width[s] - 0.5f;
    y[s] = locations[2 * s + 1] * table.height[s] - 0.5f;
  }
}

void sample(const SampledMaps& maps, const float* locations, const float* weights, float* out,
            int64_t first, int64_t last) {
  const SampleTable table(maps);
  Corners corners;
  float x[kSampleRoom] = {}, y[kSampleRoom] = {}, weight[kSampleRoom] = {};
  for (int64_t i = first * maps.heads; i < last * maps.heads; ++i) {
    read_locations(table, locations + i * table.count * 2, x, y);
    for (int64_t s = 0; s < table.count; ++s) weight[s] = weights[i * table.count + s];
    find_corners(table, x, y, weight, corners);
    sum_head(maps.values + i % maps.heads * maps.depth, corners, table, maps.depth,
             out + i * maps.depth);
  }
}

// Sums the samples of one query's heads, `heads` of them from `numbers` (see
// Kernels::sample_around) round the centre (one for each sample). Every loop does one step for all
// heads, because the steps of one head wait for each other.
inline void sample_heads(const SampleTable& table, const float* numbers, const float* centre_x,
                         const float* centre_y, int64_t heads, int64_t depth, const float* values,
                         float* out) {
  const int64_t count = table.count;
  const Integers lanes = lane_numbers();
  Corners corners[kHeadGroup];
  float weights[kHeadGroup][kSampleRoom], x[kSampleRoom], y[kSampleRoom];
  float most[kHeadGroup], total[kHeadGroup];
  for (int64_t head = 0; head < heads; ++head) {
    Vector highest = all(-3e38f);
    for (int64_t i = 0; i < count; i += kLanes) {
      Vector logits = load(numbers + head * 3 * count + i);
      highest = larger(lanes < int32_t(count - i) ? logits : highest, highest);
    }
    most[head] = join_lanes(highest, Largest{});
  }
  for (int64_t head = 0; head < heads; ++head) {
    Vector sum{};
    for (int64_t i = 0; i < count; i += kLanes) {
      Vector value = negative_exp(load(numbers + head * 3 * count + i) - most[head]);
      value = lanes < int32_t(count - i) ? value : Vector{};
      store(weights[head] + i, value);
      sum += value;
    }
    total[head] = join_lanes(sum, Add{});
  }
  for (int64_t head = 0; head < heads; ++head) {
    const float* offsets = numbers + (head * 3 + 1) * count;
    const float factor = 1.0f / total[head];
    for (int64_t i = 0; i < count; i += kLanes) {
      store(x + i, load(centre_x + i) + load(offsets + i));
      store(y + i, load(centre_y + i) + load(offsets + count + i));
      store(weights[head] + i, load(weights[head] + i) * factor);
    }
    find_corners(table, x, y, weights[head], corners[head]);
  }
  for (int64_t head = 0; head < heads; ++head) {
    sum_head(values + head * depth, corners[head], table, depth, out + head * depth);
  }
}

void sample_around(const SampledMaps& maps, const float* raw, float* out, int64_t first,
                   int64_t last) {
  const SampleTable table(maps);
  const int64_t count = table.count, numbers_per_head = 3 * count;
  float centre_x[kSampleRoom], centre_y[kSampleRoom];
  // Vectors read up to kLanes numbers beyond a head's own; the last ones are read from here.
  float copy[kHeadGroup * 3 * kMostSamples + kLanes] = {};
  for (int64_t map = 0; map < maps.map_count; ++map) {
    const SampledMap own = maps.maps[map];
    const int64_t end_of_map = own.first + own.height * own.width;
    const int64_t begin = own.first > first ? own.first : first;
    const int64_t end = end_of_map < last ? end_of_map : last;
    for (int64_t query = begin; query < end; ++query) {
      const int64_t place = query - own.first;
      const float across = (float(place % own.width) + 0.5f) / float(own.width);
      const float down = (float(place / own.width) + 0.5f) / float(own.height);
      for (int64_t i = 0; i < count; i += kLanes) {
        store(centre_x + i, load(table.width + i) * across - 0.5f);
        store(centre_y + i, load(table.height + i) * down - 0.5f);
      }
      for (int64_t head = 0; head < maps.heads; head += kHeadGroup) {
        const int64_t heads = maps.heads - head < kHeadGroup ? maps.heads - head : kHeadGroup;
        const int64_t i = query * maps.heads + head;
        const float* numbers = raw + i * numbers_per_head;
        if ((i + heads) * numbers_per_head + kLanes > last * maps.heads * numbers_per_head) {
          for (int64_t j = 0; j < heads * numbers_per_head; ++j) copy[j] = numbers[j];
          numbers = copy;
        }
        sample_heads(table, numbers, centre_x, centre_y, heads, maps.depth,
                     maps.values + head * maps.depth, out + i * maps.depth);
      }
    }
  }
}

// The part of a sample's gradients that is summed over the channels: grad x value for the four
// corners.
inline void backward_depth(const float* const values[4], float* const grad_values[4],
                           const float factors[4], const float* grad, int64_t depth,
                           float products[4]) {
  Vector sums[4] = {};
  int64_t d = 0;
  for (; d + kLanes <= depth; d += kLanes) {
    Vector g = load(grad + d);
    for (int corner = 0; corner < 4; ++corner) {
      sums[corner] += g * load(values[corner] + d);
      store(grad_values[corner] + d, load(grad_values[corner] + d) + g * factors[corner]);
    }
  }
  for (int corner = 0; corner < 4; ++corner) products[corner] = join_lanes(sums[corner], Add{});
  for (; d < depth; ++d) {
    for (int corner = 0; corner < 4; ++corner) {
      products[corner] += grad[d] * values[corner][d];
      grad_values[corner][d] += grad[d] * factors[corner];
    }
  }
}

void sample_backward(const SampledMaps& maps, const float* locations, const float* weights,
                     const float* grad_out, float* grad_values, float* grad_locations,
                     float* grad_weights, int64_t queries, int64_t head) {
  const SampleTable table(maps);
  Corners corners;
  Slopes slopes;
  float x[kSampleRoom] = {}, y[kSampleRoom] = {}, unit[kSampleRoom];
  for (float& weight : unit) weight = 1;
  for (int64_t query = 0; query < queries; ++query) {
    const int64_t i = query * maps.heads + head;
    read_locations(table, locations + i * table.count * 2, x, y);
    find_corners(table, x, y, unit, corners, &slopes);
    for (int64_t s = 0; s < table.count; ++s) {
      const float weight = weights[i * table.count + s];
      const float* values[4];
      float* grads[4];
      float factors[4], products[4];
      for (int corner = 0; corner < 4; ++corner) {
        const int64_t place = corners.place[corner * table.stride + s] + head * maps.depth;
        values[corner] = maps.values + place;
        grads[corner] = grad_values + place;
        factors[corner] = corners.weight[corner * table.stride + s] * weight;
      }
      backward_depth(values, grads, factors, grad_out + i * maps.depth, maps.depth, products);
      float total = 0, across = 0, down = 0;
      for (int corner = 0; corner < 4; ++corner) {
        total += corners.weight[corner * table.stride + s] * products[corner];
        across += slopes.x[corner * table.stride + s] * products[corner];
        down += slopes.y[corner * table.stride + s] * products[corner];
      }
      grad_weights[i * table.count + s] = total;
      grad_locations[(i * table.count + s) * 2] = across * weight * table.width[s];
      grad_locations[(i * table.count + s) * 2 + 1] = down * weight * table.height[s];
    }
  }
}

// ---- masked softmax

float masked_exp(float* values, const bool* closed, int64_t count, float scale) {
  constexpr float kLowest = -3e38f;
  const int64_t whole = count / kLanes * kLanes;
  auto is_closed = [&](int64_t i) {
    return __builtin_convertvector(load<Bytes>(closed + i), Integers) != 0;
  };
  // The last numbers are handled as one more vector, filled up with closed ones.
  float rest[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    const int64_t from = whole + i;
    rest[i] = from < count && !(closed && closed[from]) ? values[from] : kLowest;
  }
  Vector most = load(rest);
  for (int64_t i = 0; i < whole; i += kLanes) {
    Vector value = load(values + i);
    if (closed) {
      value = is_closed(i) ? all(kLowest) : value;
      store(values + i, value);
    }
    most = larger(value, most);
  }
  const Vector highest = all(join_lanes(most, Largest{}));
  if (highest[0] == kLowest) {
    for (int64_t i = 0; i < count; ++i) values[i] = 0;
    return 0;
  }
  Vector total{};
  auto weigh = [&](float* place) {
    Vector value = negative_exp((load(place) - highest) * scale);
    total += value;
    store(place, value);
  };
  for (int64_t i = 0; i < whole; i += kLanes) weigh(values + i);
  weigh(rest);
  for (int64_t i = whole; i < count; ++i) values[i] = rest[i - whole];
  return join_lanes(total, Add{});
}

// ---- norms

// Calls `whole(i)` for every full vector of `count` numbers and `single(i)` for the rest.
template <class Whole, class Single>
inline void each(int64_t count, Whole whole, Single single) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) whole(i);
  for (; i < count; ++i) single(i);
}

void add_norm(const float* x, const float* residual, const float* weight, const float* bias,
              const float* position, int64_t shift, int64_t position_rows, float* out,
              float* placed, int64_t rows, int64_t channels, float eps) {
  for (int64_t row = 0; row < rows; ++row) {
    const float* from = x + row * channels;
    const float* with = residual ? residual + row * channels : nullptr;
    float* to = out + row * channels;
    Vector sums{};
    float sum = 0;
    each(
        channels,
        [&](int64_t i) {
          Vector value = load(from + i);
          if (with) value += load(with + i);
          store(to + i, value);
          sums += value;
        },
        [&](int64_t i) {
          to[i] = with ? from[i] + with[i] : from[i];
          sum += to[i];
        });
    const float mean = (join_lanes(sums, Add{}) + sum) / float(channels);
    Vector squares{};
    float square = 0;
    each(
        channels,
        [&](int64_t i) {
          Vector value = load(to + i) - mean;
          squares += value * value;
        },
        [&](int64_t i) { square += (to[i] - mean) * (to[i] - mean); });
    const float variance = (join_lanes(squares, Add{}) + square) / float(channels);
    const float factor = 1.0f / __builtin_sqrtf(variance + eps);
    each(
        channels,
        [&](int64_t i) {
          store(to + i, (load(to + i) - mean) * factor * load(weight + i) + load(bias + i));
        },
        [&](int64_t i) { to[i] = (to[i] - mean) * factor * weight[i] + bias[i]; });
    if (!placed) continue;
    const float* at = position + (row + shift) % position_rows * channels;
    float* place = placed + row * channels;
    each(
        channels, [&](int64_t i) { store(place + i, load(to + i) + load(at + i)); },
        [&](int64_t i) { place[i] = to[i] + at[i]; });
  }
}

void channel_sums(const float* x, int64_t pixels, int64_t channels, double* sums, double* squares) {
  // As many pixels at once as stay in the first cache, so that sums are stored seldom.
  constexpr int64_t kPixels = 16, kHalf = kLanes / 2;
  for (int64_t first = 0; first < pixels; first += kPixels) {
    const int64_t last = first + kPixels < pixels ? first + kPixels : pixels;
    int64_t c = 0;
    for (; c + kHalf <= channels; c += kHalf) {
      Doubles sum = load<Doubles>(sums + c), square = load<Doubles>(squares + c);
      for (int64_t pixel = first; pixel < last; ++pixel) {
        Doubles value =
            __builtin_convertvector(load<HalfVector>(x + pixel * channels + c), Doubles);
        sum += value;
        square += value * value;
      }
      store(sums + c, sum);
      store(squares + c, square);
    }
    for (; c < channels; ++c) {
      for (int64_t pixel = first; pixel < last; ++pixel) {
        const double value = x[pixel * channels + c];
        sums[c] += value;
        squares[c] += value * value;
      }
    }
  }
}

template <bool kRelu>
inline void scale_channels(const float* x, const float* mean, const float* scale, const float* bias,
                           float* out, int64_t pixels, int64_t channels) {
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    const float* from = x + pixel * channels;
    float* to = out + pixel * channels;
    each(
        channels,
        [&](int64_t i) {
          Vector value = (load(from + i) - load(mean + i)) * load(scale + i) + load(bias + i);
          store(to + i, kRelu ? larger(Vector{}, value) : value);
        },
        [&](int64_t i) {
          float value = (from[i] - mean[i]) * scale[i] + bias[i];
          to[i] = kRelu && 0 > value ? 0 : value;
        });
  }
}

void channel_scale(const float* x, const float* mean, const float* scale, const float* bias,
                   bool relu, float* out, int64_t pixels, int64_t channels) {
  auto* run = relu ? scale_channels<true> : scale_channels<false>;
  run(x, mean, scale, bias, out, pixels, channels);
}

constexpr Kernels make_kernels(const char* name, RenderKernel* render, int render_lanes) {
  return {name,           sample,      sample_around,          sample_backward,
          masked_exp,     add_norm,    channel_sums,           channel_scale,
          winograd_input, multiply,    kPanelVectors * kLanes, winograd_output,
          render,         render_lanes};
}

}  // namespace
}  // namespace clipwork
