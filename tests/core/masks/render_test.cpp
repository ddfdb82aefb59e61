#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>
#include <clipwork/context.h>
#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/masks.h>
#include <clipwork/upsample.h>
#include <rapidjson/document.h>

#include "masks/render.h"
#include "support.h"

using namespace clipwork;

namespace {

/// Smooth blobs and, in every third mask, noise from pixel to pixel.
Tensor blobs(int64_t masks, int64_t height, int64_t width, uint64_t seed) {
  Generators generators(seed);
  auto draw = [&](int64_t h, int64_t w) {
    return at::randn({1, masks, h, w}, generators("blobs"), at::TensorOptions(at::kFloat));
  };
  Tensor smooth =
      at::upsample_bilinear2d(draw((height + 6) / 7, (width + 6) / 7), {height, width}, false)[0];
  Tensor noise = draw(height, width)[0];
  for (int64_t m = 0; m < masks; m += 3) smooth[m].copy_(noise[m]);
  return smooth.sub(0.3);
}

/// Values at output size, by LibTorch, in double: what the threshold is applied to.
Tensor grown(const Tensor& values, const Geometry& geometry, MaskForm form) {
  auto resize = [](const Tensor& x, Size size) {
    return at::upsample_bilinear2d(x, {size.height, size.width}, false);
  };
  Tensor small = values.to(at::kDouble).unsqueeze(0);
  Tensor padded = form.growth == MaskForm::Growth::aligned
                      ? aligned_upsample(small, geometry.padded.height / small.size(2))
                      : resize(small, geometry.padded);
  return resize(padded.narrow(2, 0, geometry.resized.height).narrow(3, 0, geometry.resized.width),
                geometry.output)[0];
}

/// Masks equal those of the plain form but where the value is within rounding of the threshold.
void expect_same(const Rendered& fast, const Rendered& plain, const Tensor& values,
                 const Geometry& geometry, double threshold, MaskForm form = {}) {
  ASSERT_EQ(fast.masks.size(), plain.masks.size());
  Tensor margin = grown(values, geometry, form).sub(threshold).abs();
  for (size_t m = 0; m < fast.masks.size(); ++m) {
    EXPECT_EQ(fast.masks[m].size, geometry.output);
    Tensor differ = fast.masks[m].to_tensor().ne(plain.masks[m].to_tensor());
    EXPECT_EQ(differ.logical_and(margin[m].gt(1e-5)).sum().item<int64_t>(), 0) << "mask " << m;
    // Runs are never empty but the first, so equal pictures have equal codes.
    for (size_t i = 1; i < fast.masks[m].counts.size(); ++i) ASSERT_GT(fast.masks[m].counts[i], 0U);
  }
}

const std::vector<Geometry> kGeometries = {
    {{90, 160}, {96, 160}, {180, 320}},  // the usual case: both steps enlarge
    {{61, 90}, {64, 96}, {83, 127}},     // odd sides
    {{61, 90}, {64, 96}, {33, 47}},      // the second step shrinks
    {{64, 96}, {64, 96}, {64, 96}},      // no second step, no padding
    {{50, 70}, {64, 96}, {1, 1}},        // one pixel
    {{95, 50}, {96, 64}, {7, 301}},      // shrinks one way, enlarges the other
    {{17, 23}, {32, 32}, {257, 129}},    // much larger than the values
};

}  // namespace

/// The kernels that this processor can run.
std::vector<const Kernels*> variants() {
  std::vector<const Kernels*> all;
  for (int i = 0; kernels(i); ++i) all.push_back(kernels(i));
  return all;
}

class RenderFast : public testing::TestWithParam<const Kernels*> {
 protected:
  Rendered render(const Tensor& values, const Geometry& geometry, MaskForm form = {},
                  Quality quality = Quality::none) {
    return render_with(*GetParam(), values, geometry, form, quality);
  }
};

INSTANTIATE_TEST_SUITE_P(Kernels, RenderFast, testing::ValuesIn(variants()),
                         [](const auto& info) { return std::string(info.param->name); });

TEST_P(RenderFast, DrawsThePlainFormsPixelsAtEverySize) {
  for (const Geometry& geometry : kGeometries) {
    for (Size source :
         {Size{geometry.padded.height / 4, geometry.padded.width / 4}, Size{5, 9}, Size{70, 33}}) {
      Tensor values = blobs(4, source.height, source.width, 3);
      SCOPED_TRACE(cat(source.height, "x", source.width, " to ", geometry.output.height, "x",
                       geometry.output.width));
      expect_same(render(values, geometry), render_plain(values, geometry, {}, Quality::none),
                  values, geometry, 0);
    }
  }
}

TEST_P(RenderFast, DrawsProbabilitiesAboveAHalf) {
  Geometry geometry = kGeometries[1];
  Tensor values = blobs(6, 16, 24, 4).sigmoid();
  MaskForm form{.values = MaskForm::Values::probabilities};
  expect_same(render(values, geometry, form), render_plain(values, geometry, form, Quality::none),
              values, geometry, 0.5);
}

TEST_P(RenderFast, DrawsMasksThatGrowAligned) {
  MaskForm form{MaskForm::Values::probabilities, MaskForm::Growth::aligned};
  for (const Geometry& geometry : kGeometries) {
    Tensor values = blobs(4, geometry.padded.height / 4, geometry.padded.width / 4, 5).sigmoid();
    expect_same(render(values, geometry, form), render_plain(values, geometry, form, Quality::none),
                values, geometry, 0.5, form);
  }
}

TEST_P(RenderFast, GivesEmptyAndFullMasksOneRun) {
  Geometry geometry = kGeometries[1];
  uint32_t pixels = 83 * 127;
  Tensor values = at::full({2, 16, 24}, -3, at::kFloat);
  values[1].fill_(3);
  Rendered made = render(values, geometry, {}, Quality::output);
  EXPECT_EQ(made.masks[0].counts, (std::vector<uint32_t>{pixels}));
  EXPECT_EQ(made.masks[1].counts, (std::vector<uint32_t>{0, pixels}));
  EXPECT_EQ(made.quality[0].abs().max().item<double>(), 0);
  EXPECT_EQ(made.quality[1][1].item<double>(), pixels);
}

TEST_P(RenderFast, KeepsAValueOfExactlyZeroOff) {
  Rendered made = render(at::zeros({1, 16, 24}), kGeometries[1]);
  EXPECT_TRUE(made.masks[0].empty());
}

TEST_P(RenderFast, FindsASinglePixelInEveryPlace) {
  // Each source pixel alone, at the values' own size: the picture is that pixel.
  Geometry same{{9, 17}, {9, 17}, {9, 17}};
  Tensor values = at::full({9 * 17, 9 * 17}, -1, at::kFloat);
  values.fill_diagonal_(1);
  values = values.view({9 * 17, 9, 17});
  Rendered made = render(values, same);
  for (int64_t m = 0; m < 9 * 17; ++m) {
    EXPECT_TRUE(at::equal(made.masks[m].to_tensor(), values[m].gt(0))) << m;
  }
}

TEST_P(RenderFast, SumsTheQualityThatThePlainFormSums) {
  for (const Geometry& geometry : kGeometries) {
    Tensor values = blobs(4, geometry.padded.height / 4, geometry.padded.width / 4, 5).mul(8);
    for (Quality quality : {Quality::padded, Quality::output}) {
      for (MaskForm form : {MaskForm{}, MaskForm{.values = MaskForm::Values::probabilities}}) {
        Tensor given = form.values == MaskForm::Values::logits ? values : values.sigmoid();
        Rendered fast = render(given, geometry, form, quality);
        Rendered plain = render_plain(given, geometry, form, quality);
        // One pixel may fall on the other side of the threshold.
        EXPECT_TRUE(at::allclose(fast.quality, plain.quality, 1e-5, 1.01))
            << geometry.output.height << "\n"
            << fast.quality << plain.quality;
        expect_same(fast, plain, given, geometry,
                    form.values == MaskForm::Values::logits ? 0 : 0.5);
      }
    }
  }
}

TEST_P(RenderFast, SumsLargeLogitsWithoutOverflow) {
  Rendered made = render(at::full({1, 4, 4}, 500, at::kFloat), {{16, 16}, {16, 16}, {16, 16}}, {},
                         Quality::output);
  EXPECT_DOUBLE_EQ(made.quality[0][0].item<double>(), 256);
}

TEST_P(RenderFast, TakesNoMasksAndStridedOnes) {
  Geometry geometry = kGeometries[1];
  Rendered none = render(at::empty({0, 16, 24}), geometry, {}, Quality::output);
  EXPECT_TRUE(none.masks.empty());
  EXPECT_EQ(none.quality.sizes(), (at::IntArrayRef{0, 2}));
  Tensor values = blobs(4, 16, 24, 6);
  Tensor strided = values.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  Rendered a = render(values, geometry), b = render(strided, geometry);
  for (size_t m = 0; m < 4; ++m) EXPECT_EQ(a.masks[m].counts, b.masks[m].counts);
}

TEST_P(RenderFast, RefusesValuesAndSizesThatMeanNothing) {
  EXPECT_THROW(render(at::zeros({4, 4}), kGeometries[0]), Error);
  EXPECT_THROW(render(at::zeros({1, 4, 4}, at::kDouble), kGeometries[0]), Error);
  EXPECT_THROW(render(at::zeros({1, 4, 4}), {{40, 40}, {32, 64}, {40, 40}}), Error);
  EXPECT_THROW(render(at::zeros({1, 4, 4}), {{16, 16}, {16, 16}, {0, 16}}), Error);
}

TEST(Render, TakesTheFastestKernelOfTheProcessor) {
  Tensor values = blobs(3, 16, 24, 7);
  Rendered chosen = render_fast(values, kGeometries[1], {}, Quality::none);
  Rendered first = render_with(*variants().front(), values, kGeometries[1], {}, Quality::none);
  for (size_t m = 0; m < 3; ++m) EXPECT_EQ(chosen.masks[m].counts, first.masks[m].counts);
  EXPECT_STREQ(variants().back()->name, "portable");
}

TEST(RenderGolden, DrawsAndWeighsTheMasksOfThePublishedCode) {
  CLIPWORK_NEEDS_SHARED("parity/postproc_unit");
  auto folder = test::shared_dir() / "parity/postproc_unit";
  rapidjson::Document golden;
  golden.Parse(test::read_file(folder / "case.json").c_str());
  Checkpoint inputs = read_checkpoint(folder / "inputs.safetensors");
  Checkpoint outputs = read_checkpoint(folder / "outputs.safetensors");
  auto size = [](const rapidjson::Value& pair) {
    return Size{pair[0].GetInt64(), pair[1].GetInt64()};
  };
  for (const auto& part : golden["config"]["parts"].GetObject()) {
    std::string name = part.name.GetString();
    Geometry geometry{size(part.value["image_size"]), size(part.value["padded_size"]),
                      size(part.value["output_size"])};
    auto output = [&](const char* what) { return *outputs.find(cat(name, ".results.", what)); };
    // One row a result: the same query may stand under several classes.
    Tensor values = inputs.find(name + ".pred_masks")->index_select(0, output("ids"));
    for (int64_t t = 0; t < values.size(1); ++t) {
      Rendered made = render_fast(values.select(1, t), geometry, {}, Quality::output);
      Tensor expected = output("masks");
      if (expected.dim() == 4) expected = expected.select(1, t);
      for (int64_t m = 0; m < values.size(0); ++m) {
        EXPECT_TRUE(at::equal(made.masks[m].to_tensor(), expected[m])) << name << " " << m;
      }
      if (output("masks").dim() == 4) continue;
      Tensor quality = made.quality.select(1, 0).div(made.quality.select(1, 1).add(1e-6));
      EXPECT_TRUE(at::allclose(output("class_scores").to(at::kDouble).mul(quality),
                               output("scores").to(at::kDouble), 1e-5, 1e-7))
          << name;
    }
  }
}
