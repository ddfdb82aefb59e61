#pragma once
// Loops over plain float32 memory that the packed forms of operators and the rendering of masks are
// made of, in variants for several instruction sets. This header and what it includes must stay
// free of LibTorch and of templates that other files could share (see kernels_body.h).

#include <cstdint>

#include "kernels/render_plan.h"

namespace clipwork {

/// One map that is sampled: its size, and where its values start among all positions.
struct SampledMap {
  int64_t height, width, first;
};

/// The values that deformable attention samples, of one entry of the batch.
struct SampledMaps {
  const float* values;  ///< [positions, heads, depth]
  const SampledMap* maps;
  int64_t map_count, points, heads, depth;
};
/// Limits of the kernels: samples of one head (maps x points), and floats of one entry.
constexpr int64_t kMostSamples = 64;
constexpr int64_t kMostSampledValues = INT32_MAX;

/// Maps in channels_last memory that are cut into tiles of 4x4 positions for Winograd's algorithm
/// F(4x4, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"): tiles in
/// raster order, one map of the batch after the other; the last ones of a row or column may reach
/// beyond it.
struct WinogradTiles {
  int64_t height, width, channels;
  int64_t first, last;  ///< the tiles to work on, among those of all maps; a row of matrices each
};
/// The points, besides 0 and infinity, at which the polynomials of that algorithm are evaluated:
/// these and their negatives. The usual 1 and 2 would double the rounding error. All coefficients
/// that come of them are exact in single precision.
constexpr double kWinogradNear = 0.625, kWinogradFar = 1.5;
/// The fewest channels of a map, so that every variant has a whole vector.
constexpr int64_t kFewestWinogradChannels = 16;

/// Renders one mask, values [height, width] row by row, as the plan says. `scratch` has room for
/// plan.scratch(lanes) floats, `flags` for width bytes and `words` for plan.stride(lanes) / 64 + 2
/// numbers.
using RenderKernel = void(const RenderPlan& plan, const float* values, float* scratch,
                          uint8_t* flags, uint64_t* words, RenderResult& result);

/// One attention row or several rows of channels at a time; callers spread them over threads.
struct Kernels {
  const char* name;

  /// out [queries, heads, depth] for queries first..last-1. locations [queries, heads, maps,
  /// points, 2] in [0, 1], weights [queries, heads, maps, points].
  void (*sample)(const SampledMaps&, const float* locations, const float* weights, float* out,
                 int64_t first, int64_t last);
  /// The same where query i is position i of the maps and samples round its own place. raw
  /// [positions, heads, 3, maps, points]: weights before their softmax over maps and points, x and
  /// y offsets in positions of the sampled map.
  void (*sample_around)(const SampledMaps&, const float* raw, float* out, int64_t first,
                        int64_t last);
  /// Gradients of `sample` for one head and all queries. grad_values [positions, heads, depth] is
  /// added to, grad_locations and grad_weights are written; all laid out as their tensors are.
  void (*sample_backward)(const SampledMaps&, const float* locations, const float* weights,
                          const float* grad_out, float* grad_values, float* grad_locations,
                          float* grad_weights, int64_t queries, int64_t head);

  /// values[i] becomes exp(scale * (values[i] - m)) with m the largest open value, exactly 0 where
  /// closed[i] (may be null) or negligible. Gives the sum. scale > 0.
  float (*masked_exp)(float* values, const bool* closed, int64_t count, float scale);

  /// out [rows, channels] = layer norm of x + residual (may be null); placed = out + position where
  /// both are given, position row (i + shift) modulo position_rows.
  void (*add_norm)(const float* x, const float* residual, const float* weight, const float* bias,
                   const float* position, int64_t shift, int64_t position_rows, float* out,
                   float* placed, int64_t rows, int64_t channels, float eps);

  /// Adds up x [pixels, channels] and its squares a channel, in double.
  void (*channel_sums)(const float* x, int64_t pixels, int64_t channels, double* sums,
                       double* squares);
  /// out = (x - mean) * scale + bias a channel, then perhaps relu.
  void (*channel_scale)(const float* x, const float* mean, const float* scale, const float* bias,
                        bool relu, float* out, int64_t pixels, int64_t channels);

  /// matrices [36, tiles, channels] = B^T d B of each tile and channel, d the 6x6 positions round
  /// the tile, 0 outside the map.
  void (*winograd_input)(const WinogradTiles&, const float* maps, float* matrices);
  /// out [rows, panels * panel] = left [rows, in] x right [panels, in, panel].
  void (*multiply)(const float* left, const float* right, float* out, int64_t rows, int64_t in,
                   int64_t panels);
  int64_t panel;  ///< columns that `multiply` takes at once
  /// out = A^T m A of each tile and channel, m from matrices [36, tiles, stride], plus bias
  /// [channels] and residual (like out; may be null), then perhaps relu. `out` is not `residual`.
  void (*winograd_output)(const WinogradTiles&, const float* matrices, int64_t stride,
                          const float* bias, const float* residual, bool relu, float* out);

  RenderKernel* render;
  int render_lanes;  ///< of the plans that `render` takes
};

/// The variants that this CPU can run, the fastest first; null beyond the last.
const Kernels* kernels(int variant = 0);

extern const Kernels kKernelsPortable, kKernelsAvx2, kKernelsAvx512;
/// Takes plans for 8 lanes. The fastest also on processors with AVX-512.
RenderKernel render_avx2;

}  // namespace clipwork
