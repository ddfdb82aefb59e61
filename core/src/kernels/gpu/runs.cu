// Mask values to run lengths. A block takes a strip of one mask. A warp mixes a column and turns
// its output rows into bits; when all columns are there, their changes are counted, given room, and
// written. Of a column with values on one side of the threshold only, no output row is computed.

#include "kernels/gpu/runs.h"

#include "kernels/gpu/launch.h"
#include "kernels/gpu/runs_body.h"

namespace clipwork::gpu {

namespace {

constexpr int kWarps = 8, kThreads = 32 * kWarps;
constexpr unsigned kWholeWarp = 0xFFFFFFFFU;
constexpr uint32_t kNoRoom = UINT32_MAX;

/// The sum over the lanes before.
__device__ __forceinline__ uint32_t sum_before(uint32_t x, int lane) {
  uint32_t sum = x;
  for (int step = 1; step < 32; step *= 2) {
    const uint32_t other = __shfl_up_sync(kWholeWarp, sum, step);
    if (lane >= step) sum += other;
  }
  return sum - x;
}

__device__ __forceinline__ float sum_of_warp(float x) {
  for (int step = 16; step > 0; step /= 2) x += __shfl_xor_sync(kWholeWarp, x, step, 32);
  return x;
}

/// Sets the bits of output column x. Returns the sum of the lane's pixels that are on.
__device__ float make_column(const float* values, const Enlargement& e, int32_t x, float* mixed,
                             uint32_t* words, int lane) {
  bool above = false, below = false;
  for (int32_t row = lane; row < e.height; row += 32) {
    mixed[row] = mix_columns(values, e, x, row);
    (mixed[row] > e.threshold ? above : below) = true;
  }
  const bool some_on = __any_sync(kWholeWarp, above), some_off = __any_sync(kWholeWarp, below);
  __syncwarp();
  const bool sums = e.sum != Enlargement::Sum::none;
  const bool is_mixed = some_on && (some_off || sums);
  float sum = 0;
  for (int32_t w = 0; w < words_per_column(e); ++w) {
    uint32_t word = some_on ? rows_in_word(e, w) : 0;
    if (is_mixed) {
      const int32_t y = 32 * w + lane;
      const float value = y < e.out_height ? mix_rows(mixed, e, y) : -INFINITY;
      const bool on = value > e.threshold;
      word = __ballot_sync(kWholeWarp, on);
      if (on && sums) sum += addend_of(e, value);
    }
    if (lane == 0) words[w] = word;
  }
  __syncwarp();
  return sum;
}

__global__ void __launch_bounds__(kThreads)
    runs_of_strip(const float* __restrict__ values, const __grid_constant__ Enlargement e,
                  uint16_t* __restrict__ changes, uint32_t capacity, uint32_t* __restrict__ cursor,
                  Strip* __restrict__ strips) {
  // Words of the column before the strip and of the strip's, and a mixed column per warp.
  CLIPWORK_DYNAMIC_SHARED(uint32_t, room);
  __shared__ uint32_t counts[kStripColumns], offsets[kStripColumns], on[kWarps], base;
  __shared__ float sums[kWarps];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  const int32_t count = words_per_column(e), first = blockIdx.x * kStripColumns;
  uint32_t* words = room + count;
  float* mixed = reinterpret_cast<float*>(room + (kStripColumns + 1) * count) + warp * e.height;
  const float* mask = values + static_cast<int64_t>(blockIdx.y) * e.height * e.width;
  float sum = 0;
  for (int c = warp - 1; c < kStripColumns; c += kWarps) {
    const int32_t x = first + c;
    if (x >= 0 && x < e.out_width) {
      const float of_column = make_column(mask, e, x, mixed, words + c * count, lane);
      if (c >= 0) sum += of_column;
    } else {
      for (int32_t w = lane; w < count; w += 32) words[c * count + w] = 0;
    }
  }
  __syncthreads();

  uint32_t pixels = 0;
  for (int c = warp; c < kStripColumns; c += kWarps) {
    const uint32_t* column = words + c * count;
    uint32_t changed = 0;
    for (int32_t w = lane; w < count && first + c < e.out_width; w += 32) {
      changed += count_bits(changes_in_word(e, column, column - count, w));
      pixels += count_bits(column[w]);
    }
    changed = __reduce_add_sync(kWholeWarp, changed);
    if (lane == 0) counts[c] = changed;
  }
  pixels = __reduce_add_sync(kWholeWarp, pixels);
  sum = sum_of_warp(sum);
  if (lane == 0) {
    on[warp] = pixels;
    sums[warp] = sum;
  }
  __syncthreads();

  if (warp == 0) {
    offsets[lane] = sum_before(counts[lane], lane);
    if (lane == 31) {
      const uint32_t total = offsets[lane] + counts[lane];
      const uint32_t place = total > 0 ? atomicAdd(cursor, total) : 0;
      base = place + total <= capacity ? place : kNoRoom;
      Strip strip = {base, total, 0, 0};
      for (int w = 0; w < kWarps; ++w) {
        strip.on += on[w];
        strip.sum += sums[w];
      }
      strips[static_cast<int64_t>(blockIdx.y) * gridDim.x + blockIdx.x] = strip;
    }
  }
  __syncthreads();

  if (base == kNoRoom) return;
  for (int c = warp; c < kStripColumns; c += kWarps) {
    if (counts[c] == 0) continue;
    const uint32_t* column = words + c * count;
    uint32_t place = base + offsets[c];
    for (int32_t start = 0; start < count; start += 32) {
      const int32_t w = start + lane;
      const uint32_t bits = w < count ? changes_in_word(e, column, column - count, w) : 0;
      const uint32_t changed = count_bits(bits), before = sum_before(changed, lane);
      write_changes(bits, static_cast<uint32_t>(c) * e.out_height + 32 * w,
                    changes + place + before);
      place += __shfl_sync(kWholeWarp, before + changed, 31, 32);
    }
  }
}

}  // namespace

int runs(const float* values, int32_t masks, const Enlargement& e, uint16_t* changes,
         uint32_t capacity, uint32_t* cursor, Strip* strips, void* stream) {
  if (masks == 0) return 0;
  const size_t shared =
      sizeof(uint32_t) * ((kStripColumns + 1) * words_per_column(e) + kWarps * e.height);
  const dim3 grid((e.out_width + kStripColumns - 1) / kStripColumns, masks);
  return launch(runs_of_strip, grid, kThreads, shared, stream, values, e, changes, capacity, cursor,
                strips);
}

}  // namespace clipwork::gpu
