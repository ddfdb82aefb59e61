#pragma once
// The steps of Winograd's algorithm F(4x4, 3x3) at the points 0, +-near, +-far, infinity; see
// kernels_body.h for how this file is compiled.

#include "kernels/kernels.h"
#include "kernels/vectors.h"

namespace clipwork {
namespace {

constexpr int kWinogradOut = 4, kWinogradIn = 6;

constexpr float kNear = float(kWinogradNear), kFar = float(kWinogradFar);
constexpr float kNear2 = kNear * kNear, kFar2 = kFar * kFar;
constexpr float kBoth2 = kNear2 + kFar2, kProduct2 = kNear2 * kFar2;

// to = B^T from, for one row or column of six.
inline void transform_in(const Vector* from, Vector* to) {
  const Vector x1 = from[1], x2 = from[2], x3 = from[3], x4 = from[4];
  const Vector even_near = x4 - x2 * kFar2, odd_near = (x3 - x1 * kFar2) * kNear;
  const Vector even_far = x4 - x2 * kNear2, odd_far = (x3 - x1 * kNear2) * kFar;
  to[0] = x4 - x2 * kBoth2 + from[0] * kProduct2;
  to[1] = even_near + odd_near;
  to[2] = even_near - odd_near;
  to[3] = even_far + odd_far;
  to[4] = even_far - odd_far;
  to[5] = from[5] - x3 * kBoth2 + x1 * kProduct2;
}

// to = A^T from, from six to four.
inline void transform_out(const Vector* from, Vector* to) {
  const Vector near_sum = from[1] + from[2], near_gap = from[1] - from[2];
  const Vector far_sum = from[3] + from[4];
  const Vector far_gap = from[3] - from[4];
  to[0] = from[0] + near_sum + far_sum;
  to[1] = near_gap * kNear + far_gap * kFar;
  to[2] = near_sum * kNear2 + far_sum * kFar2;
  to[3] = near_gap * (kNear2 * kNear) + far_gap * (kFar2 * kFar) + from[5];
}

struct WinogradTile {
  int64_t map, top, left;  ///< of its 4x4 positions
};

inline WinogradTile tile_at(const WinogradTiles& t, int64_t tile) {
  const int64_t across = (t.width + kWinogradOut - 1) / kWinogradOut;
  const int64_t down = (t.height + kWinogradOut - 1) / kWinogradOut;
  const int64_t row = tile / across;
  return {row / down, row % down * kWinogradOut, tile % across * kWinogradOut};
}

// Calls `run(channel)` for vectors that together cover all channels; the last may overlap the one
// before it.
template <class Run>
inline void each_vector(int64_t channels, Run run) {
  int64_t channel = 0;
  for (; channel + kLanes <= channels; channel += kLanes) run(channel);
  if (channel < channels) run(channels - kLanes);
}

void winograd_input(const WinogradTiles& t, const float* maps, float* matrices) {
  constexpr int kAll = kWinogradIn * kWinogradIn;
  const int64_t matrix = (t.last - t.first) * t.channels;
  for (int64_t tile = t.first; tile < t.last; ++tile) {
    const WinogradTile at = tile_at(t, tile);
    const float* from[kAll];  // null outside the map
    for (int i = 0; i < kAll; ++i) {
      const int64_t y = at.top - 1 + i / kWinogradIn, x = at.left - 1 + i % kWinogradIn;
      const bool inside = y >= 0 && y < t.height && x >= 0 && x < t.width;
      const int64_t position = (at.map * t.height + y) * t.width + x;
      from[i] = inside ? maps + position * t.channels : nullptr;
    }
    float* to = matrices + (tile - t.first) * t.channels;
    each_vector(t.channels, [&](int64_t channel) {
      Vector columns[kAll], row[kWinogradIn];
      for (int x = 0; x < kWinogradIn; ++x) {
        Vector d[kWinogradIn], column[kWinogradIn];
        for (int y = 0; y < kWinogradIn; ++y) {
          const float* place = from[y * kWinogradIn + x];
          d[y] = place ? load(place + channel) : Vector{};
        }
        transform_in(d, column);
        for (int y = 0; y < kWinogradIn; ++y) columns[y * kWinogradIn + x] = column[y];
      }
      for (int y = 0; y < kWinogradIn; ++y) {
        transform_in(columns + y * kWinogradIn, row);
        for (int x = 0; x < kWinogradIn; ++x) {
          store(to + (y * kWinogradIn + x) * matrix + channel, row[x]);
        }
      }
    });
  }
}

// As many sums as the registers of the instruction set hold; and how many products a sum has before
// it is added to what is there: short sums round less, and their factors stay in the first cache.
constexpr int kPanelVectors = 2, kMostRows = kLanes == 16 ? 12 : 6;
constexpr int64_t kDepth = 128;

// The sizes of left [rows, in] and out [rows, out_stride], and the products begin..end-1 to sum up.
struct Multiplied {
  int64_t in, out_stride, begin, end;
};

template <int kRows>
inline void multiply_rows(const Multiplied& m, const float* left, const float* right, float* out) {
  Vector sums[kRows][kPanelVectors] = {};
  for (int64_t i = m.begin; i < m.end; ++i) {
    Vector factors[kPanelVectors];
    for (int v = 0; v < kPanelVectors; ++v) {
      factors[v] = load(right + (i * kPanelVectors + v) * kLanes);
    }
    for (int row = 0; row < kRows; ++row) {
      const Vector value = all(left[row * m.in + i]);
      for (int v = 0; v < kPanelVectors; ++v) sums[row][v] += value * factors[v];
    }
  }
  for (int row = 0; row < kRows; ++row) {
    for (int v = 0; v < kPanelVectors; ++v) {
      float* place = out + row * m.out_stride + v * kLanes;
      store(place, m.begin == 0 ? sums[row][v] : load(place) + sums[row][v]);
    }
  }
}

template <int kRows = kMostRows>
inline void multiply_rows(int64_t rows, const Multiplied& m, const float* left, const float* right,
                          float* out) {
  if (rows == kRows) {
    multiply_rows<kRows>(m, left, right, out);
  } else if constexpr (kRows > 1) {
    multiply_rows<kRows - 1>(rows, m, left, right, out);
  }
}

void multiply(const float* left, const float* right, float* out, int64_t rows, int64_t in,
              int64_t panels) {
  constexpr int64_t kPanel = kPanelVectors * kLanes;
  const int64_t pieces = (rows + kMostRows - 1) / kMostRows;
  for (int64_t panel = 0; panel < panels; ++panel) {
    for (int64_t piece = 0; piece < pieces; ++piece) {
      const int64_t first = rows * piece / pieces, last = rows * (piece + 1) / pieces;
      for (int64_t begin = 0; begin < in; begin += kDepth) {
        const int64_t end = begin + kDepth < in ? begin + kDepth : in;
        multiply_rows(last - first, {in, panels * kPanel, begin, end}, left + first * in,
                      right + panel * in * kPanel, out + first * panels * kPanel + panel * kPanel);
      }
    }
  }
}

void winograd_output(const WinogradTiles& t, const float* matrices, int64_t stride,
                     const float* bias, const float* residual, bool relu, float* out) {
  const int64_t matrix = (t.last - t.first) * stride;
  for (int64_t tile = t.first; tile < t.last; ++tile) {
    const WinogradTile at = tile_at(t, tile);
    const int64_t below = t.height - at.top, right = t.width - at.left;
    const int height = int(below < kWinogradOut ? below : kWinogradOut);
    const int width = int(right < kWinogradOut ? right : kWinogradOut);
    const int64_t corner = ((at.map * t.height + at.top) * t.width + at.left) * t.channels;
    const float* from = matrices + (tile - t.first) * stride;
    each_vector(t.channels, [&](int64_t channel) {
      Vector columns[kWinogradOut * kWinogradIn], row[kWinogradOut];
      for (int x = 0; x < kWinogradIn; ++x) {
        Vector m[kWinogradIn], column[kWinogradOut];
        for (int y = 0; y < kWinogradIn; ++y) {
          m[y] = load(from + (y * kWinogradIn + x) * matrix + channel);
        }
        transform_out(m, column);
        for (int y = 0; y < kWinogradOut; ++y) columns[y * kWinogradIn + x] = column[y];
      }
      const Vector summand = load(bias + channel);
      for (int y = 0; y < height; ++y) {
        transform_out(columns + y * kWinogradIn, row);
        for (int x = 0; x < width; ++x) {
          const int64_t place = corner + (y * t.width + x) * t.channels + channel;
          Vector value = row[x] + summand;
          if (residual) value += load(residual + place);
          store(out + place, relu ? larger(Vector{}, value) : value);
        }
      }
    });
  }
}

}  // namespace
}  // namespace clipwork
