// Multi-scale deformable attention. Eight neighbouring lanes of a warp share a head: each computes
// the places of some samples and sums all samples over its own channels, and the places go round
// by shuffles. Sharing places among channels is what makes DCNv4 (Xiong et al., CVPR 2024) fast.

#include "kernels/gpu/deformable.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "kernels/gpu/deformable_body.h"
#include "kernels/gpu/launch.h"

namespace clipwork::gpu {

namespace {

constexpr int kThreads = 128, kLanes = 8, kOwnSamples = kMostSamples / kLanes;
constexpr unsigned kWholeWarp = 0xFFFFFFFFU;

template <class T, int kCount>
struct alignas(kCount * sizeof(T)) Pack {
  T values[kCount];
};

__device__ __forceinline__ float to_float(float x) { return x; }
__device__ __forceinline__ float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ __forceinline__ float to_float(__half x) { return __half2float(x); }
__device__ __forceinline__ void assign(float& to, float x) { to = x; }
__device__ __forceinline__ void assign(__nv_bfloat16& to, float x) { to = __float2bfloat16(x); }
__device__ __forceinline__ void assign(__half& to, float x) { to = __float2half(x); }

/// The maximum and the sum over the lanes of a head.
__device__ __forceinline__ float max_of_head(float x) {
  for (int step = kLanes / 2; step > 0; step /= 2) {
    x = fmaxf(x, __shfl_xor_sync(kWholeWarp, x, step, kLanes));
  }
  return x;
}
__device__ __forceinline__ float sum_of_head(float x) {
  for (int step = kLanes / 2; step > 0; step /= 2) {
    x += __shfl_xor_sync(kWholeWarp, x, step, kLanes);
  }
  return x;
}

/// The query, head and lane of a thread.
struct Seat {
  int64_t query_head;   ///< (batch * tokens + token) * heads + head
  int64_t first_value;  ///< of the lane's channels of the entry's first token
  int32_t token, lane;
  bool valid;

  __device__ Seat(const SampledLevels& maps, int64_t query_heads, int channels) {
    const int64_t thread = blockIdx.x * static_cast<int64_t>(blockDim.x) + threadIdx.x;
    lane = static_cast<int32_t>(thread % kLanes);
    query_head = thread / kLanes;
    valid = query_head < query_heads;
    // Threads beyond the end repeat the last head, because shuffles need all lanes of a warp.
    if (!valid) query_head = query_heads - 1;
    const int64_t query = query_head / maps.heads;
    token = static_cast<int32_t>(query % maps.tokens);
    first_value = (query - token) * maps.heads * maps.depth + query_head % maps.heads * maps.depth +
                  lane * channels;
  }
};

/// The softmax over all samples of a head, for the lane's own: lane, lane + kLanes, ...
__device__ __forceinline__ void own_weights(const float* logits, int32_t samples, int lane,
                                            float (&own)[kOwnSamples]) {
  float most = -INFINITY, total = 0;
#pragma unroll
  for (int i = 0; i < kOwnSamples; ++i) {
    const int s = lane + i * kLanes;
    own[i] = s < samples ? logits[s] : -INFINITY;
    most = fmaxf(most, own[i]);
  }
  most = max_of_head(most);
#pragma unroll
  for (int i = 0; i < kOwnSamples; ++i) {
    own[i] = expf(own[i] - most);
    total += own[i];
  }
  const float factor = 1.0F / sum_of_head(total);
#pragma unroll
  for (int i = 0; i < kOwnSamples; ++i) own[i] *= factor;
}

template <class T, int kCount>
__global__ void __launch_bounds__(kThreads)
    forward(const T* __restrict__ value, const float* __restrict__ raw, T* __restrict__ out,
            int64_t query_heads, const __grid_constant__ SampledLevels maps) {
  using Values = Pack<T, kCount>;
  const Seat seat(maps, query_heads, kCount);
  const int32_t samples = maps.levels * maps.points, step = maps.heads * maps.depth;
  const float* numbers = raw + seat.query_head * 3 * samples;
  const T* from = value + seat.first_value;
  const Place place = place_of(maps, seat.token);
  float weights[kOwnSamples], sums[kCount] = {};
  own_weights(numbers, samples, seat.lane, weights);
#pragma unroll
  for (int i = 0; i < kOwnSamples; ++i) {
    if (i * kLanes >= samples) continue;
    const Corners corners =
        corners_of(maps, numbers, min(seat.lane + i * kLanes, samples - 1), place);
    for (int k = 0; k < kLanes && i * kLanes + k < samples; ++k) {
      for (int c = 0; c < 4; ++c) {
        const float weight = __shfl_sync(kWholeWarp, corners.weight[c] * weights[i], k, kLanes);
        const int32_t token = __shfl_sync(kWholeWarp, corners.token[c], k, kLanes);
        const auto values =
            *reinterpret_cast<const Values*>(from + static_cast<int64_t>(token) * step);
        for (int n = 0; n < kCount; ++n) {
          sums[n] = fmaf(weight, to_float(values.values[n]), sums[n]);
        }
      }
    }
  }
  if (!seat.valid) return;
  Values result;
  for (int n = 0; n < kCount; ++n) assign(result.values[n], sums[n]);
  *reinterpret_cast<Values*>(out + seat.query_head * maps.depth + seat.lane * kCount) = result;
}

template <int kCount>
__global__ void __launch_bounds__(kThreads)
    backward(const float* __restrict__ value, const float* __restrict__ raw,
             const float* __restrict__ grad_out, float* __restrict__ grad_value,
             float* __restrict__ grad_raw, int64_t query_heads,
             const __grid_constant__ SampledLevels maps) {
  using Values = Pack<float, kCount>;
  const Seat seat(maps, query_heads, kCount);
  const int32_t samples = maps.levels * maps.points, step = maps.heads * maps.depth;
  const float* numbers = raw + seat.query_head * 3 * samples;
  float* grads = grad_raw + seat.query_head * 3 * samples;
  const auto grad = *reinterpret_cast<const Values*>(grad_out + seat.query_head * maps.depth +
                                                     seat.lane * kCount);
  const Place place = place_of(maps, seat.token);
  float weights[kOwnSamples], grad_weights[kOwnSamples] = {};
  own_weights(numbers, samples, seat.lane, weights);
#pragma unroll
  for (int i = 0; i < kOwnSamples; ++i) {
    if (i * kLanes >= samples) continue;
    const int32_t own = min(seat.lane + i * kLanes, samples - 1);
    const Corners corners = corners_of(maps, numbers, own, place);
    for (int k = 0; k < kLanes && i * kLanes + k < samples; ++k) {
      const float weight = __shfl_sync(kWholeWarp, weights[i], k, kLanes);
      float products[4];
      for (int c = 0; c < 4; ++c) {
        const int32_t token = __shfl_sync(kWholeWarp, corners.token[c], k, kLanes);
        const float share = weight * __shfl_sync(kWholeWarp, corners.weight[c], k, kLanes);
        const int64_t at = seat.first_value + static_cast<int64_t>(token) * step;
        const auto values = *reinterpret_cast<const Values*>(value + at);
        float product = 0;
        for (int n = 0; n < kCount; ++n) product += grad.values[n] * values.values[n];
        products[c] = sum_of_head(product);
        if (!seat.valid || share == 0) continue;
        for (int n = 0; n < kCount; ++n) atomicAdd(grad_value + at + n, grad.values[n] * share);
      }
      // The lane that owns the sample keeps its gradients.
      if (seat.lane != k) continue;
      float across = 0, down = 0;
      for (int c = 0; c < 4; ++c) {
        grad_weights[i] += corners.weight[c] * products[c];
        across += corners.slope_x[c] * products[c];
        down += corners.slope_y[c] * products[c];
      }
      if (!seat.valid) continue;
      grads[samples + own] = across * weight;
      grads[2 * samples + own] = down * weight;
    }
  }
  float mean = 0;
#pragma unroll
  for (int i = 0; i < kOwnSamples; ++i) mean += weights[i] * grad_weights[i];
  mean = sum_of_head(mean);
#pragma unroll
  for (int i = 0; i < kOwnSamples; ++i) {
    const int s = seat.lane + i * kLanes;
    if (seat.valid && s < samples) grads[s] = weights[i] * (grad_weights[i] - mean);
  }
}

unsigned blocks_for(int64_t query_heads) {
  return static_cast<unsigned>((query_heads * kLanes + kThreads - 1) / kThreads);
}

template <class T, int kCount>
int run_forward(const void* value, const float* raw, void* out, int64_t query_heads,
                const SampledLevels& maps, void* stream) {
  return launch(forward<T, kCount>, blocks_for(query_heads), kThreads, 0, stream,
                static_cast<const T*>(value), raw, static_cast<T*>(out), query_heads, maps);
}

}  // namespace

int deformable(const void* value, const float* raw, void* out, int32_t batch,
               const SampledLevels& maps, Format format, void* stream) {
  const int64_t heads = static_cast<int64_t>(batch) * maps.tokens * maps.heads;
  if (heads == 0) return 0;
  switch (format) {
    case Format::float32:
      return maps.depth == 8 ? run_forward<float, 1>(value, raw, out, heads, maps, stream)
                             : run_forward<float, 4>(value, raw, out, heads, maps, stream);
    case Format::bfloat16:
      return run_forward<__nv_bfloat16, 4>(value, raw, out, heads, maps, stream);
    case Format::float16:
      return run_forward<__half, 4>(value, raw, out, heads, maps, stream);
  }
  return static_cast<int>(cudaErrorInvalidValue);
}

int deformable_backward(const float* value, const float* raw, const float* grad_out,
                        float* grad_value, float* grad_raw, int32_t batch,
                        const SampledLevels& maps, void* stream) {
  const int64_t heads = static_cast<int64_t>(batch) * maps.tokens * maps.heads;
  if (heads == 0) return 0;
  auto* kernel = maps.depth == 8 ? backward<1> : backward<4>;
  return launch(kernel, blocks_for(heads), kThreads, 0, stream, value, raw, grad_out, grad_value,
                grad_raw, heads, maps);
}

}  // namespace clipwork::gpu
