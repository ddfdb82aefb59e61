#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>
#include <clipwork/context.h>
#include <clipwork/error.h>
#include <clipwork/masks.h>
#include <clipwork/upsample.h>

#include <cmath>

#include "support.h"

using namespace clipwork;

namespace {

const Geometry kSame{{4, 6}, {4, 6}, {4, 6}};

Tensor random(at::IntArrayRef shape, uint64_t seed = 1) {
  Generators generators(seed);
  return at::randn(shape, generators("test"), at::TensorOptions(at::kFloat));
}

}  // namespace

TEST(Pairs, AllListsEveryRowOfEveryBatchEntry) {
  Pairs pairs = Pairs::all(2, 3);
  EXPECT_TRUE(at::equal(pairs.batch, at::tensor({0, 0, 0, 1, 1, 1}, at::kLong)));
  EXPECT_TRUE(at::equal(pairs.row, at::tensor({0, 1, 2, 0, 1, 2}, at::kLong)));
  EXPECT_EQ(Pairs::all(2, 0).count(), 0);
  EXPECT_EQ(Pairs::of({4, 1}).count(), 2);
}

TEST(DenseMasks, GiveTheAskedRowsOfTheAskedFrame) {
  Tensor values = random({2, 3, 2, 4, 6});
  auto masks = dense_masks(values, {kSame, kSame});
  Tensor got = masks->values(1, {at::tensor({1, 0}, at::kLong), at::tensor({2, 0}, at::kLong)});
  EXPECT_TRUE(at::equal(got, at::stack({values[1][2][1], values[0][0][1]})));
  EXPECT_EQ(masks->size(), (Size{4, 6}));
  EXPECT_EQ(masks->with(values), nullptr);
}

TEST(ProductMasks, MultiplyOnlyTheAskedEmbeddingsWithTheFrameOfTheirBatchEntry) {
  Tensor embeddings = random({2, 5, 7}), first = random({2, 7, 4, 6}, 2),
         second = random({2, 7, 4, 6}, 3);
  auto masks = product_masks(embeddings, {first, second.contiguous(at::MemoryFormat::ChannelsLast)},
                             {kSame, kSame});
  Tensor whole = at::einsum("brc,bchw->brhw", {embeddings, second});
  EXPECT_TRUE(
      at::allclose(masks->values(1, Pairs::all(2, 5)).view({2, 5, 4, 6}), whole, 1e-5, 1e-5));
  // Pairs in no order: results come in the order in which they were asked.
  Tensor batch = at::tensor({1, 0, 1}, at::kLong), row = at::tensor({4, 2, 0}, at::kLong);
  Tensor some = masks->values(1, {batch, row});
  EXPECT_TRUE(at::allclose(some, at::stack({whole[1][4], whole[0][2], whole[1][0]}), 1e-5, 1e-5));
}

TEST(ProductMasks, ServeSeveralCopiesOfTheBatchFromOneSetOfFeatures) {
  Tensor embeddings = random({6, 3, 7}), features = random({2, 7, 4, 6}, 2);
  auto masks = product_masks(embeddings, {features}, {kSame});
  Tensor whole = at::einsum("lbrc,bchw->lbrhw", {embeddings.view({3, 2, 3, 7}), features});
  EXPECT_TRUE(
      at::allclose(masks->values(0, Pairs::all(6, 3)).view({3, 2, 3, 4, 6}), whole, 1e-5, 1e-5));
}

TEST(ProductMasks, CarryGradientsToEmbeddingsAndFeatures) {
  Tensor embeddings = random({1, 3, 7}).requires_grad_(),
         features = random({1, 7, 4, 6}, 2).requires_grad_();
  product_masks(embeddings, {features}, {kSame})->values(0, Pairs::of({1})).sum().backward();
  EXPECT_TRUE(at::allclose(embeddings.grad()[0][1], features.sum({2, 3})[0], 1e-4, 1e-4));
  EXPECT_EQ(embeddings.grad()[0][0].abs().max().item<float>(), 0);
  EXPECT_TRUE(at::allclose(features.grad()[0][0], embeddings[0][1][0].expand({4, 6})));
}

TEST(ProductMasks, TakeOtherEmbeddingsOverTheSameFeatures) {
  Tensor features = random({1, 7, 4, 6}), other = random({1, 2, 7}, 5);
  auto masks = product_masks(random({1, 3, 7}), {features}, {kSame});
  auto changed = masks->with(other);
  ASSERT_NE(changed, nullptr);
  EXPECT_TRUE(at::allclose(changed->values(0, Pairs::all(1, 2)),
                           at::einsum("rc,chw->rhw", {other[0], features[0]}), 1e-5, 1e-5));
}

TEST(ProductMasks, RefuseFeaturesThatDoNotFit) {
  EXPECT_THROW(product_masks(random({1, 3, 7}), {random({1, 8, 4, 6})}, {kSame}), Error);
  EXPECT_THROW(product_masks(random({3, 3, 7}), {random({2, 7, 4, 6})}, {kSame}), Error);
  EXPECT_THROW(product_masks(random({1, 3, 7}), {random({1, 7, 4, 6})}, {kSame, kSame}), Error);
}

TEST(Masks, AreSampledBilinearlyAtPointsOfTheUnitSquareWithZerosOutside) {
  Tensor values = at::tensor({0.F, 10.F, 20.F, 30.F}).view({1, 1, 1, 2, 2});
  auto masks = dense_masks(values, {kSame});
  // Pixel centres are at a quarter and three quarters; the corner has one pixel and three zeros.
  Tensor points = at::tensor({0.25F, 0.25F, 0.75F, 0.25F, 0.5F, 0.5F, 1.0F, 1.0F}).view({4, 2});
  Tensor expected = at::tensor({0.F, 10.F, 15.F, 7.5F}).view({1, 4});
  EXPECT_TRUE(at::allclose(masks->sample(0, Pairs::of({0}), points), expected));
  EXPECT_TRUE(at::allclose(masks->sample(0, Pairs::of({0}), points.unsqueeze(0)), expected));
}

TEST(Masks, AreSampledAtPointsOfTheirOwnOrCommonOnes) {
  auto masks = dense_masks(random({1, 3, 1, 4, 6}), {kSame});
  Tensor common = random({5, 2}, 2).sigmoid();
  Tensor once = masks->sample(0, Pairs::all(1, 3), common);
  Tensor each = masks->sample(0, Pairs::all(1, 3), common.expand({3, 5, 2}));
  EXPECT_EQ(once.sizes(), (at::IntArrayRef{3, 5}));
  EXPECT_TRUE(at::allclose(once, each, 1e-5, 1e-6));
  EXPECT_EQ(masks->sample(0, Pairs::of({}), common).sizes(), (at::IntArrayRef{0, 5}));
  EXPECT_THROW(masks->sample(0, Pairs::all(1, 3), common.expand({2, 5, 2})), Error);
}

TEST(Masks, GrowToPaddedSizeAreCroppedAndGrowToOutputSize) {
  Geometry geometry{{8, 4}, {8, 8}, {16, 8}};
  // On in the left half of the padded picture, which is the whole of the picture itself.
  Tensor values = at::tensor({1.F, 1.F, -1.F, -1.F}).view({1, 1, 1, 1, 4}).expand({1, 1, 1, 4, 4});
  auto masks = dense_masks(values, {geometry});
  Tensor padded = masks->bits(0, Pairs::of({0}), At::padded);
  EXPECT_EQ(padded.sizes(), (at::IntArrayRef{1, 8, 8}));
  EXPECT_TRUE(at::equal(padded[0].any(0), at::tensor({1, 1, 1, 1, 0, 0, 0, 0}).to(at::kBool)));
  Tensor output = masks->bits(0, Pairs::of({0}), At::output);
  EXPECT_EQ(output.sizes(), (at::IntArrayRef{1, 16, 8}));
  EXPECT_TRUE(output.all().item<bool>());
}

TEST(Masks, OfProbabilitiesAreOnAboveAHalf) {
  Tensor values = at::tensor({0.4F, 0.6F}).view({1, 1, 1, 1, 2});
  Geometry geometry{{1, 2}, {1, 2}, {1, 2}};
  Tensor expected = at::tensor({0, 1}).to(at::kBool).view({1, 1, 2});
  auto masks = dense_masks(values, {geometry}, {.values = MaskForm::Values::probabilities});
  EXPECT_TRUE(at::equal(masks->bits(0, Pairs::of({0}), At::padded), expected));
  EXPECT_EQ(masks->render(0, Pairs::of({0}), Quality::none).masks[0].area(), 1);
}

TEST(AlignedUpsample, IsThePublicCodesPadResizePadAndCrop) {
  for (int64_t factor : {2, 4}) {
    Tensor maps = at::arange(2 * 5 * 7, at::kFloat).mul(0.7).sin().view({1, 2, 5, 7});
    Tensor padded = at::replication_pad2d(maps, {0, 1, 0, 1});
    Tensor grown = at::upsample_bilinear2d(padded, {factor * 5 + 1, factor * 7 + 1}, true);
    Tensor moved = at::replication_pad2d(grown, {factor / 2, 0, factor / 2, 0});
    Tensor expected = moved.narrow(2, 0, factor * 5).narrow(3, 0, factor * 7);
    EXPECT_TRUE(at::allclose(aligned_upsample(maps, factor), expected, 1e-5, 1e-6)) << factor;
  }
}

TEST(Masks, GrowAlignedWhereTheirFormSaysSo) {
  Geometry geometry{{14, 20}, {16, 24}, {16, 24}};
  Tensor values = at::arange(2 * 4 * 6, at::kFloat).mul(1.3).sin().view({1, 2, 1, 4, 6});
  MaskForm form{MaskForm::Values::logits, MaskForm::Growth::aligned};
  auto masks = dense_masks(values, {geometry}, form);
  Tensor expected = aligned_upsample(values.select(2, 0), 4)[0].gt(0);
  EXPECT_TRUE(at::equal(masks->bits(0, Pairs::all(1, 2), At::padded), expected));
  EXPECT_THROW(dense_masks(values, {{{14, 20}, {16, 20}, {16, 24}}}, form)
                   ->bits(0, Pairs::all(1, 2), At::padded),
               Error);
}

TEST(MeanMasks, AverageEachRowOverThePartsThatHaveIt) {
  Tensor a = random({1, 2, 2, 4, 6}), b = random({1, 3, 1, 4, 6}, 2);
  auto mean = mean_masks({{dense_masks(a, {kSame, kSame}), 1, {1, 0, -1, -1}},
                          {dense_masks(b, {kSame}), 0, {2, -1, 0, -1}}});
  Tensor values = mean->values(0, Pairs::all(1, 4));
  EXPECT_TRUE(at::allclose(values[0], a[0][1][1].add(b[0][2][0]).div(2)));
  EXPECT_TRUE(at::equal(values[1], a[0][0][1]));
  EXPECT_TRUE(at::equal(values[2], b[0][0][0]));
  EXPECT_TRUE(at::equal(values[3], at::zeros({4, 6})));
  EXPECT_TRUE(at::equal(mean->values(0, Pairs::of({2, 0})), at::stack({values[2], values[0]})));
}

TEST(MeanMasks, RefusePartsThatDoNotFitTogether) {
  auto small = dense_masks(random({1, 1, 1, 2, 3}), {kSame}),
       large = dense_masks(random({1, 1, 1, 4, 6}), {kSame});
  EXPECT_THROW(mean_masks({}), Error);
  EXPECT_THROW(mean_masks({{small, 0, {0}}, {large, 0, {0}}}), Error);
  EXPECT_THROW(mean_masks({{large, 0, {0}}, {large, 0, {0, 0}}}), Error);
}

TEST(RenderPlain, SumsSigmoidAndCountOverPixelsThatAreOnAtTheAskedSize) {
  // Padded and network size are the values' own, twice as wide as the picture; output doubles both.
  Geometry geometry{{2, 2}, {2, 4}, {4, 4}};
  Tensor values = at::tensor({2.F, -1.F, 9.F, 9.F}).view({1, 1, 4}).expand({2, 2, 4}).contiguous();
  Rendered padded = render_plain(values, geometry, {}, Quality::padded);
  double sigma = 1 / (1 + std::exp(-2.0));
  EXPECT_TRUE(at::allclose(padded.quality[0], at::tensor({2 * sigma, 2.0}, at::kDouble), 1e-6));
  // At output size the columns have 2, 1.25, -0.25, -1.
  Rendered output = render_plain(values, geometry, {}, Quality::output);
  double sum = 4 * (sigma + 1 / (1 + std::exp(-1.25)));
  EXPECT_TRUE(at::allclose(output.quality[1], at::tensor({sum, 8.0}, at::kDouble), 1e-6));
  EXPECT_EQ(output.masks[1].counts, (std::vector<uint32_t>{0, 8, 8}));
  EXPECT_FALSE(render_plain(values, geometry, {}, Quality::none).quality.defined());
}

TEST(RenderPlain, TakesTheValueItselfAsSigmaOfProbabilities) {
  Geometry geometry{{1, 2}, {1, 2}, {1, 2}};
  Rendered made = render_plain(at::tensor({0.75F, 0.25F}).view({1, 1, 2}), geometry,
                               {.values = MaskForm::Values::probabilities}, Quality::output);
  EXPECT_TRUE(at::equal(made.quality[0], at::tensor({0.75, 1.0}, at::kDouble)));
}
