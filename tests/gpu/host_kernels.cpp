#include "gpu/host_kernels.h"

#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/gpu/deformable_body.h"
#include "kernels/gpu/runs_body.h"

namespace clipwork::test {

namespace {

using gpu::SampledLevels;

/// A head of a query: where its numbers are, and the softmax of its weights.
struct Head {
  Head(const SampledLevels& maps, const float* raw, int64_t query_head)
      : samples(maps.levels * maps.points), numbers(raw + query_head * 3 * samples) {
    const int64_t query = query_head / maps.heads;
    const auto token = static_cast<int32_t>(query % maps.tokens);
    place = gpu::place_of(maps, token);
    step = maps.heads * maps.depth;
    first_value = (query - token) * step + query_head % maps.heads * maps.depth;
    const float most = *std::max_element(numbers, numbers + samples);
    float total = 0;
    for (int32_t s = 0; s < samples; ++s) {
      weights.push_back(std::exp(numbers[s] - most));
      total += weights.back();
    }
    for (float& weight : weights) weight /= total;
  }

  int32_t samples;
  const float* numbers;
  gpu::Place place;
  int64_t step = 0, first_value = 0;
  std::vector<float> weights;
};

int64_t count_heads(const SampledLevels& maps, int32_t batch) {
  return int64_t{batch} * maps.tokens * maps.heads;
}

template <class T>
void forward(const T* value, const float* raw, T* out, int32_t batch, const SampledLevels& maps) {
  std::vector<float> sums(maps.depth);
  for (int64_t i = 0; i < count_heads(maps, batch); ++i) {
    const Head head(maps, raw, i);
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (int32_t s = 0; s < head.samples; ++s) {
      const gpu::Corners corners = gpu::corners_of(maps, head.numbers, s, head.place);
      for (int c = 0; c < 4; ++c) {
        const float weight = corners.weight[c] * head.weights[s];
        const T* row = value + head.first_value + corners.token[c] * head.step;
        for (int32_t d = 0; d < maps.depth; ++d) {
          sums[d] = std::fma(weight, static_cast<float>(row[d]), sums[d]);
        }
      }
    }
    for (int32_t d = 0; d < maps.depth; ++d) out[i * maps.depth + d] = static_cast<T>(sums[d]);
  }
}

/// Sets the bits of output column x of a mask, [words]; all off outside of the picture. Returns the
/// sum over pixels that are on.
float make_column(const float* mask, const gpu::Enlargement& e, int32_t x, uint32_t* words) {
  std::fill(words, words + gpu::words_per_column(e), 0U);
  if (x < 0 || x >= e.out_width) return 0;
  std::vector<float> column(e.height);
  for (int32_t row = 0; row < e.height; ++row) column[row] = gpu::mix_columns(mask, e, x, row);
  float sum = 0;
  for (int32_t y = 0; y < e.out_height; ++y) {
    const float value = gpu::mix_rows(column.data(), e, y);
    if (!(value > e.threshold)) continue;
    words[y / 32] |= 1U << (y % 32);
    if (e.sum != gpu::Enlargement::Sum::none) sum += gpu::addend_of(e, value);
  }
  return sum;
}

}  // namespace

void host_deformable(const void* value, const float* raw, void* out, int32_t batch,
                     const SampledLevels& maps, gpu::Format format) {
  auto run = [&](auto number) {
    using T = decltype(number);
    forward(static_cast<const T*>(value), raw, static_cast<T*>(out), batch, maps);
  };
  switch (format) {
    case gpu::Format::float32:
      return run(float{});
    case gpu::Format::bfloat16:
      return run(c10::BFloat16{});
    case gpu::Format::float16:
      return run(c10::Half{});
  }
}

void host_deformable_backward(const float* value, const float* raw, const float* grad_out,
                              float* grad_value, float* grad_raw, int32_t batch,
                              const SampledLevels& maps) {
  for (int64_t i = 0; i < count_heads(maps, batch); ++i) {
    const Head head(maps, raw, i);
    const float* grad = grad_out + i * maps.depth;
    float* grads = grad_raw + i * 3 * head.samples;
    std::vector<float> grad_weights(head.samples);
    float mean = 0;
    for (int32_t s = 0; s < head.samples; ++s) {
      const gpu::Corners corners = gpu::corners_of(maps, head.numbers, s, head.place);
      float across = 0, down = 0;
      for (int c = 0; c < 4; ++c) {
        const int64_t at = head.first_value + corners.token[c] * head.step;
        float product = 0;
        for (int32_t d = 0; d < maps.depth; ++d) {
          product += grad[d] * value[at + d];
          grad_value[at + d] += grad[d] * head.weights[s] * corners.weight[c];
        }
        grad_weights[s] += corners.weight[c] * product;
        across += corners.slope_x[c] * product;
        down += corners.slope_y[c] * product;
      }
      grads[head.samples + s] = across * head.weights[s];
      grads[2 * head.samples + s] = down * head.weights[s];
      mean += head.weights[s] * grad_weights[s];
    }
    for (int32_t s = 0; s < head.samples; ++s) {
      grads[s] = head.weights[s] * (grad_weights[s] - mean);
    }
  }
}

void host_runs(const float* values, int32_t masks, const gpu::Enlargement& e, uint16_t* changes,
               uint32_t capacity, uint32_t* cursor, gpu::Strip* strips) {
  const int32_t words = gpu::words_per_column(e);
  std::vector<uint32_t> before(words), column(words);
  std::vector<uint16_t> found;
  for (int32_t m = 0; m < masks; ++m) {
    const float* mask = values + int64_t{m} * e.height * e.width;
    for (int32_t first = 0; first < e.out_width; first += gpu::kStripColumns) {
      gpu::Strip strip{};
      found.clear();
      make_column(mask, e, first - 1, before.data());
      const int32_t end = std::min(first + gpu::kStripColumns, e.out_width);
      for (int32_t x = first; x < end; ++x) {
        strip.sum += make_column(mask, e, x, column.data());
        for (int32_t w = 0; w < words; ++w) {
          const uint32_t bits = gpu::changes_in_word(e, column.data(), before.data(), w);
          found.resize(found.size() + gpu::count_bits(bits));
          gpu::write_changes(bits, static_cast<uint32_t>(x - first) * e.out_height + 32 * w,
                             found.data() + found.size() - gpu::count_bits(bits));
          strip.on += gpu::count_bits(column[w]);
        }
        std::swap(before, column);
      }
      strip.first = *cursor;
      strip.count = static_cast<uint32_t>(found.size());
      *cursor += strip.count;
      if (*cursor <= capacity) {
        std::copy(found.begin(), found.end(), changes + strip.first);
      } else {
        strip.first = UINT32_MAX;
      }
      *strips++ = strip;
    }
  }
}

}  // namespace clipwork::test
