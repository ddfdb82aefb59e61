#pragma once
// Kernels for NVIDIA GPUs, as functions on plain device memory. They are compiled by nvcc into
// libclipwork_cuda.so, which is loaded when the first of them is wanted. Every call only enqueues
// work on a stream: none allocates, waits or reads device memory, so all may be captured in a CUDA
// graph. This header and what it includes must stay free of LibTorch.

#include <cstdint>

namespace clipwork::gpu {

/// Number formats of values; weights, places and sums are float in all of them.
enum class Format : int32_t { float32, bfloat16, float16 };

/// Limits of deformable attention: maps, and samples of one head over all maps.
constexpr int32_t kMostLevels = 4, kMostSamples = 32;

/// The maps that deformable attention samples, one behind the other in memory.
struct SampledLevels {
  int32_t levels, points;  ///< maps; samples per map
  int32_t heads, depth;    ///< depth: channels of a head
  int32_t tokens;          ///< positions of all maps together
  int32_t height[kMostLevels], width[kMostLevels], first[kMostLevels];
};

/// Of masks: source values that an output position of two linear steps can mix, columns of a strip,
/// and most rows before and after they are enlarged, so that pixel numbers in a strip have 16 bits.
constexpr int32_t kTaps = 4, kStripColumns = 32, kMostRows = 960, kMostOutputRows = 2048;

/// A separable enlargement of masks: output column x is the sum over k < kTaps of x_weight[kTaps *
/// x + k] times source column x_index[kTaps * x + k], and rows alike. A tap that is not used has
/// weight 0. The tables are device memory.
struct Enlargement {
  enum class Sum : int32_t { none, values, sigmoids };

  int32_t height, width, out_height, out_width;
  const int32_t *x_index, *y_index;
  const float *x_weight, *y_weight;
  float threshold;  ///< a pixel is on above it
  Sum sum;          ///< over pixels that are on
};

/// The part of an enlarged mask in kStripColumns columns.
struct Strip {
  uint32_t first, count;  ///< its changes
  uint32_t on;            ///< pixels that are on
  float sum;
};

/// Functions return a cudaError_t, 0 if the work is enqueued. `stream` is a cudaStream_t.
struct Kernels {
  const char* (*error_text)(int error);

  /// Deformable attention between its linear layers, every token a query (Deformable DETR, eq. 3).
  /// value [batch, tokens, heads, depth] and out [batch, tokens, heads * depth] in `format`; raw
  /// float [batch, tokens, heads, 3, levels * points]: weights before their softmax, x and y
  /// offsets in positions of the sampled map. depth is 32, or 8 in float32.
  int (*deformable)(const void* value, const float* raw, void* out, int32_t batch,
                    const SampledLevels& maps, Format format, void* stream);
  /// Its gradients in float32: adds to grad_value and sets grad_raw. The additions are atomic, so
  /// that the last bits vary from run to run.
  int (*deformable_backward)(const float* value, const float* raw, const float* grad_out,
                             float* grad_value, float* grad_raw, int32_t batch,
                             const SampledLevels& maps, void* stream);

  /// Masks float [masks, height, width] to run lengths in COCO's column order, without a picture
  /// of output size. `changes` receives for every strip, at strips[mask * strips per mask + strip],
  /// the ascending pixel numbers, down the columns from the strip's first pixel, at which the mask
  /// changes between off and on.
  /// `cursor` must be 0 before; it counts the changes of all strips. Those of a strip that ends
  /// behind `capacity` are not written.
  int (*runs)(const float* values, int32_t masks, const Enlargement& enlargement, uint16_t* changes,
              uint32_t capacity, uint32_t* cursor, Strip* strips, void* stream);
};

/// The kernels, or null if their library is not installed. Call this only once a CUDA device is
/// open: the library uses the CUDA runtime that LibTorch has loaded.
const Kernels* kernels();

}  // namespace clipwork::gpu

/// The function by which a library provides its kernels.
extern "C" __attribute__((visibility("default"))) const clipwork::gpu::Kernels*
clipwork_gpu_kernels();
