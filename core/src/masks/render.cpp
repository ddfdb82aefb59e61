#include "masks/render.h"

#include <ATen/ops/empty.h>
#include <clipwork/error.h>
#include <clipwork/parallel.h>

#include <algorithm>
#include <array>
#include <memory>

#include "frames/size_text.h"
#include "masks/gpu_render.h"

namespace clipwork {

namespace {

/// Position `i` of a bilinear resize of n to m, corners not aligned, in the precision of
/// at::upsample_bilinear2d.
Mix bilinear(int64_t n, int64_t m, int64_t i) {
  float scale = static_cast<float>(n) / static_cast<float>(m);
  float source = std::max((static_cast<float>(i) + 0.5F) * scale - 0.5F, 0.0F);
  auto low = std::min(static_cast<int32_t>(source), static_cast<int32_t>(n - 1));
  float share = std::min(source - static_cast<float>(low), 1.0F);
  Mix mix;
  mix.add(low, 1.0F - share);
  // A source of weight 0 would only make the rows that a block reads more.
  if (share > 0) mix.add(std::min(low + 1, static_cast<int32_t>(n - 1)), share);
  return mix;
}

/// Position `i` of n values after `aligned_upsample`.
Mix aligned(int64_t n, int64_t factor, int64_t i) {
  int64_t place = std::max(i - factor / 2, int64_t{0}), low = place / factor;
  float share = static_cast<float>(place % factor) / static_cast<float>(factor);
  Mix mix;
  mix.add(static_cast<int32_t>(low), 1.0F - share);
  if (share > 0) mix.add(static_cast<int32_t>(std::min(low + 1, n - 1)), share);
  return mix;
}

/// Both steps in one: n values to `padded` (by a factor where growth is aligned, 0 where not), of
/// which the first `resized` go to `output`.
std::vector<Mix> compose(int64_t n, int64_t padded, int64_t factor, int64_t resized,
                         int64_t output) {
  std::vector<Mix> mixes(output);
  for (int64_t i = 0; i < output; ++i) {
    Mix outer = bilinear(resized, output, i);
    for (int k = 0; k < outer.count; ++k) {
      Mix inner =
          factor > 0 ? aligned(n, factor, outer.index[k]) : bilinear(n, padded, outer.index[k]);
      for (int j = 0; j < inner.count; ++j) {
        mixes[i].add(inner.index[j], outer.weight[k] * inner.weight[j]);
      }
    }
  }
  return mixes;
}

/// A plan with the tables that it points to.
struct Plan : RenderPlan {
  std::vector<int32_t> x_counts, x_indices, y_bases, y_indices, first, last;
  std::vector<float> x_weights, y_weights;

  Plan(Size source, const Geometry& geometry, MaskForm form, Size output, int lanes) {
    height = source.height;
    width = source.width;
    out_height = output.height;
    out_width = output.width;
    const Enlargement mixes = enlargement(source, geometry, form, output);
    columns(mixes.columns);
    rows(mixes.rows, lanes);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

 private:
  void columns(const std::vector<Mix>& mixes) {
    for (const Mix& mix : mixes) {
      x_counts.push_back(mix.count);
      x_indices.insert(x_indices.end(), mix.index.begin(), mix.index.end());
      x_weights.insert(x_weights.end(), mix.weight.begin(), mix.weight.end());
    }
    x_count = x_counts.data();
    x_index = x_indices.data();
    x_weight = x_weights.data();
  }

  void rows(const std::vector<Mix>& mixes, int lanes) {
    blocks = (out_height + lanes - 1) / lanes;
    for (const Mix& mix : mixes) y_count = std::max(y_count, mix.count);
    y_bases.resize(blocks);
    y_indices.assign(blocks * y_count * lanes, 0);
    y_weights.assign(blocks * y_count * lanes, 0);
    first.assign(height, static_cast<int32_t>(blocks));
    last.assign(height, -1);
    for (int32_t b = 0; b < blocks; ++b) {
      int64_t begin = b * int64_t{lanes}, end = std::min(begin + lanes, out_height);
      int32_t low = static_cast<int32_t>(height), high = 0;
      for (int64_t y = begin; y < end; ++y) {
        const Mix& mix = mixes[y];
        low = std::min(low, *std::min_element(mix.index.begin(), mix.index.begin() + mix.count));
        high = std::max(high, *std::max_element(mix.index.begin(), mix.index.begin() + mix.count));
      }
      y_bases[b] = low;
      wide |= high - low >= lanes;
      for (int64_t y = begin; y < end; ++y) {
        for (int k = 0; k < mixes[y].count; ++k) {
          int64_t place = (b * y_count + k) * lanes + (y - begin);
          y_indices[place] = mixes[y].index[k] - low;
          y_weights[place] = static_cast<float>(mixes[y].weight[k]);
        }
      }
      for (int32_t r = 0; r < high; ++r) first[r] = std::min(first[r], b);
      for (int32_t r = low; r < height; ++r) last[r] = b;
    }
    y_base = y_bases.data();
    y_index = y_indices.data();
    y_weight = y_weights.data();
    first_block = first.data();
    last_block = last.data();
  }
};

}  // namespace

void Mix::add(int32_t position, double share) {
  int k = 0;
  while (k < count && index[k] != position) ++k;
  if (k == count) {
    index[count] = position;
    weight[count++] = 0;
  }
  weight[k] += share;
}

Enlargement enlargement(Size source, const Geometry& geometry, MaskForm form, Size output) {
  const auto& [resized, padded, ignored] = geometry;
  const int64_t factor =
      form.growth == MaskForm::Growth::aligned ? aligned_factor(source, padded) : 0;
  return {compose(source.height, padded.height, factor, resized.height, output.height),
          compose(source.width, padded.width, factor, resized.width, output.width)};
}

void check_rendering(const Tensor& values, const Geometry& geometry) {
  if (!values.defined() || values.dim() != 3 || values.scalar_type() != at::kFloat ||
      values.size(1) < 1 || values.size(2) < 1) {
    throw Error("mask values must be a float tensor [masks, height, width] with pixels");
  }
  const auto& [resized, padded, output] = geometry;
  if (resized.height < 1 || resized.width < 1 || resized.height > padded.height ||
      resized.width > padded.width || output.height < 1 || output.width < 1) {
    throw Error(cat("masks cannot grow to ", width_by_height(padded), ", be cropped to ",
                    width_by_height(resized), " and grow to ", width_by_height(output)));
  }
}

MaskRle mask_of_changes(std::span<const uint32_t> changes, Size size) {
  MaskRle rle;
  rle.size = size;
  rle.counts.reserve(changes.size() + 1);
  uint32_t before = 0;
  for (uint32_t change : changes) {
    rle.counts.push_back(change - before);
    before = change;
  }
  rle.counts.push_back(static_cast<uint32_t>(size.height * size.width) - before);
  return rle;
}

int64_t aligned_factor(Size size, Size padded) {
  int64_t factor = padded.height / size.height;
  if (factor * size.height != padded.height || factor * size.width != padded.width) {
    throw Error(cat("masks of ", width_by_height(size), " cannot grow to ", width_by_height(padded),
                    " by a common integer factor"));
  }
  return factor;
}

Rendered render_with(const Kernels& variant, const Tensor& values, const Geometry& geometry,
                     MaskForm form, Quality quality) {
  check_rendering(values, geometry);
  const Tensor source = values.cpu().contiguous();
  const int64_t masks = source.size(0);
  const Size size{source.size(1), source.size(2)}, output = geometry.output;
  const bool logits = form.values == MaskForm::Values::logits;

  Plan plan(size, geometry, form, output, variant.render_lanes);
  plan.threshold = static_cast<float>(threshold(form));
  plan.sigmoid = logits;
  plan.sum = quality == Quality::output;
  std::unique_ptr<Plan> network;
  if (quality == Quality::padded) {
    network = std::make_unique<Plan>(size, geometry, form, geometry.resized, variant.render_lanes);
    network->threshold = plan.threshold;
    network->sigmoid = logits;
    network->sum = true;
  }

  Rendered rendered;
  rendered.masks.resize(masks, MaskRle::blank(output));
  double* sums = nullptr;
  if (quality != Quality::none) {
    rendered.quality = at::empty({masks, 2}, at::kDouble);
    sums = rendered.quality.mutable_data_ptr<double>();
  }
  const auto* data = source.const_data_ptr<float>();
  parallel_for(0, masks, 1, [&](int64_t begin, int64_t end) {
    const int64_t stride = plan.stride(variant.render_lanes);
    std::vector<float> scratch(plan.scratch(variant.render_lanes));
    std::vector<uint8_t> flags(size.width);
    std::vector<uint64_t> words(stride / 64 + 2);
    // Room for the worst picture; memory that is not touched is never mapped.
    int64_t pixels = output.height * output.width;
    if (network) pixels = std::max(pixels, geometry.resized.height * geometry.resized.width);
    std::unique_ptr<uint32_t[]> changes(new uint32_t[pixels]);
    for (int64_t m = begin; m < end; ++m) {
      RenderResult result;
      result.changes = changes.get();
      auto run = [&](const Plan& with) {
        variant.render(with, data + m * size.height * size.width, scratch.data(), flags.data(),
                       words.data(), result);
      };
      run(plan);
      rendered.masks[m] =
          mask_of_changes({result.changes, static_cast<size_t>(result.count)}, output);
      if (network) run(*network);
      if (sums) {
        sums[2 * m] = result.sum;
        sums[2 * m + 1] = result.on;
      }
    }
  });
  return rendered;
}

Rendered render_fast(const Tensor& values, const Geometry& geometry, MaskForm form,
                     Quality quality) {
  check_rendering(values, geometry);
  if (suits_gpu_rendering(values, geometry)) {
    return render_on_gpu(values, geometry, form, quality);
  }
  return render_with(*kernels(), values, geometry, form, quality);
}

}  // namespace clipwork
