#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/preprocess.h>
#include <rapidjson/document.h>

#include <span>

#include "support.h"

using namespace clipwork;

namespace {

/// Pixels without structure, the same in every run.
Tensor noise(int64_t height, int64_t width) {
  Tensor picture = at::empty({3, height, width}, at::kByte);
  uint32_t state = 1;
  for (auto& value : std::span(picture.mutable_data_ptr<uint8_t>(), picture.numel())) {
    state = state * 1664525 + 1013904223;
    value = static_cast<uint8_t>(state >> 24);
  }
  return picture;
}

/// One picture whose three channels are this list of rows.
Tensor grey(std::vector<int64_t> values, int64_t height, int64_t width) {
  return at::tensor(values, at::kByte).view({1, height, width}).expand({3, height, width});
}

}  // namespace

TEST(ShortestEdge, SetsTheShorterSideAndRoundsTheOtherHalfUp) {
  EXPECT_EQ(shortest_edge_size({720, 1280}, 360, 1333), (Size{360, 640}));
  EXPECT_EQ(shortest_edge_size({1280, 720}, 360, 1333), (Size{640, 360}));
  EXPECT_EQ(shortest_edge_size({100, 133}, 50, 1333), (Size{50, 67}));  // 66.5
  EXPECT_EQ(shortest_edge_size({97, 97}, 64, 1333), (Size{64, 64}));
}

TEST(ShortestEdge, ShrinksBothSidesWhereTheLongerOneWouldExceedItsLimit) {
  EXPECT_EQ(shortest_edge_size({60, 211}, 64, 150), (Size{43, 150}));
  EXPECT_EQ(shortest_edge_size({211, 60}, 64, 150), (Size{150, 43}));
}

TEST(ResizePil, WeighsSourcePixelsByTheirShareInATriangleAsWideAsTheScale) {
  // Two to one: centre 1, weights 0.125, 0.375, 0.375, 0.125 of pixels -1..2; the first is cut off
  // and the others fill up to one.
  Tensor row = grey({0, 100, 200, 40}, 1, 4);
  Tensor half = resize_pil(row, {1, 2});
  // (0 * 3 + 100 * 3 + 200) / 7 = 71.4; (100 + 200 * 3 + 40 * 3) / 7 = 117.1
  EXPECT_TRUE(at::equal(half, grey({71, 117}, 1, 2)));
  EXPECT_TRUE(at::equal(resize_pil(row.transpose(1, 2), {2, 1}), grey({71, 117}, 2, 1)));
}

TEST(FitSize, BringsThePictureIntoBothBoundsUpwardsToo) {
  EXPECT_EQ(fit_size({720, 1280}, 360, 640), (Size{360, 640}));
  EXPECT_EQ(fit_size({1280, 720}, 360, 640), (Size{640, 360}));
  EXPECT_EQ(fit_size({100, 100}, 360, 640), (Size{360, 360}));
  EXPECT_EQ(fit_size({110, 180}, 96, 160), (Size{96, 157}));
  EXPECT_EQ(fit_size({60, 600}, 360, 640), (Size{64, 640}));
}

TEST(ResizeCv, MixesTwoPixelsEachWayWithoutAntialiasing) {
  EXPECT_TRUE(at::equal(resize_cv(grey({0, 100}, 1, 2), {1, 4}), grey({0, 25, 75, 100}, 1, 4)));
  EXPECT_TRUE(at::equal(resize_cv(grey({0, 100}, 2, 1), {4, 1}), grey({0, 25, 75, 100}, 4, 1)));
  // Three to one: the middle pixel alone, where PIL would weigh all.
  EXPECT_TRUE(at::equal(resize_cv(grey({0, 90, 210}, 1, 3), {1, 1}), grey({90}, 1, 1)));
}

TEST(ResizeCv, TakesTheRoundedMeanOfFourPixelsWhereBothSidesAreHalved) {
  EXPECT_TRUE(at::equal(resize_cv(grey({0, 1, 2, 3, 4, 5, 6, 8}, 2, 4), {1, 2}),
                        grey({3, 5}, 1, 2)));  // 2.5 and 5.25
}

TEST(ResizeCv, LeavesAPictureOfTheSizeAndAFlatOneAsTheyAre) {
  Tensor picture = noise(7, 9);
  EXPECT_TRUE(at::equal(resize_cv(picture, {7, 9}), picture));
  Tensor flat = at::full({3, 11, 13}, 137, at::kByte);
  EXPECT_TRUE(at::equal(resize_cv(flat, {29, 8}), at::full({3, 29, 8}, 137, at::kByte)));
}

TEST(Preprocess, ResizesAsOpenCvOnRequest) {
  Preprocess parameters;
  parameters.resize = Preprocess::Resize::cv_fit;
  parameters.short_edge = 96;
  parameters.long_edge = 160;
  Preprocessed made = preprocess(noise(110, 180), parameters);
  EXPECT_EQ(made.geometry.resized, (Size{96, 157}));
  EXPECT_EQ(made.geometry.padded, (Size{96, 160}));
  EXPECT_TRUE(at::equal(made.resized, resize_cv(noise(110, 180), {96, 157})));
}

TEST(ResizePil, InterpolatesLinearlyWhenItEnlarges) {
  EXPECT_TRUE(at::equal(resize_pil(grey({0, 100}, 1, 2), {1, 4}), grey({0, 25, 75, 100}, 1, 4)));
}

TEST(ResizePil, RoundsToBytesBetweenTheHorizontalPassAndTheVerticalOneThatFollows) {
  // A half rounds up in each pass; the mean of all four pixels, a quarter, would have become 0.
  EXPECT_TRUE(at::equal(resize_pil(grey({0, 1, 0, 0}, 2, 2), {1, 1}), grey({1}, 1, 1)));
  // Both rows have two sevenths, which vanish; columns first would keep three ones of a half.
  EXPECT_TRUE(at::equal(resize_pil(grey({1, 0, 0, 0, 0, 1}, 2, 3), {1, 1}), grey({0}, 1, 1)));
}

TEST(ResizePil, LeavesAPictureOfTheWantedSizeAsItIs) {
  Tensor picture = noise(7, 9);
  EXPECT_TRUE(at::equal(resize_pil(picture, {7, 9}), picture));
}

TEST(ResizePil, KeepsAnEvenPictureEvenAtEverySize) {
  for (Size size : {Size{1, 1}, Size{3, 50}, Size{64, 2}, Size{40, 41}}) {
    Tensor resized = resize_pil(at::full({3, 37, 23}, 201, at::kByte), size);
    EXPECT_TRUE(at::equal(resized, at::full({3, size.height, size.width}, 201, at::kByte)));
  }
}

TEST(ResizePil, TakesAPictureInAnyMemoryLayout) {
  Tensor picture = noise(33, 21);
  Tensor interleaved = picture.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  EXPECT_TRUE(at::equal(resize_pil(interleaved, {17, 40}), resize_pil(picture, {17, 40})));
}

TEST(ResizePil, RefusesWhatIsNotAPicture) {
  EXPECT_THROW(resize_pil(at::full({1, 4, 4}, 0, at::kByte), {2, 2}), Error);
  EXPECT_THROW(resize_pil(at::full({3, 4, 4}, 0, at::kFloat), {2, 2}), Error);
  EXPECT_THROW(resize_pil(noise(4, 4), {0, 2}), Error);
}

TEST(Preprocess, NormalisesFirstAndPadsWithZerosAfterwards) {
  Preprocess parameters;
  parameters.short_edge = 40;
  Tensor pixels = noise(80, 100);
  Preprocessed made = preprocess(pixels, parameters);
  EXPECT_EQ(made.geometry, (Geometry{{40, 50}, {64, 64}, {80, 100}}));
  ASSERT_TRUE(made.pictures.is_contiguous(at::MemoryFormat::ChannelsLast));
  Tensor mean = at::tensor({123.675, 116.28, 103.53}, at::kFloat).view({3, 1, 1});
  Tensor deviation = at::tensor({58.395, 57.12, 57.375}, at::kFloat).view({3, 1, 1});
  Tensor expected = made.resized.to(at::kFloat).sub(mean).div(deviation);
  Tensor picture = made.pictures[0];
  EXPECT_TRUE(at::equal(picture.slice(1, 0, 40).slice(2, 0, 50), expected));
  EXPECT_EQ(picture.slice(1, 40).abs().max().item<float>(), 0);
  EXPECT_EQ(picture.slice(2, 50).abs().max().item<float>(), 0);
}

TEST(Preprocess, TurnsChannelsRoundWhereTheNetworkWantsBgr) {
  Preprocess parameters;
  parameters.resize = Preprocess::Resize::none;
  parameters.channels = Preprocess::Channels::bgr;
  parameters.mean = {1, 2, 3};
  parameters.deviation = {1, 1, 1};
  parameters.divisor = 1;
  Tensor pixels = at::tensor({10, 20, 30}, at::kByte).view({3, 1, 1});
  Preprocessed made = preprocess(pixels, parameters);
  EXPECT_TRUE(at::equal(made.pictures.flatten(), at::tensor({29.F, 18.F, 7.F})));
  EXPECT_EQ(made.geometry, (Geometry{{1, 1}, {1, 1}, {1, 1}}));
}

TEST(Preprocess, RefusesParametersThatCannotNormalise) {
  Preprocess two, zero;
  two.mean = {1, 2};
  zero.deviation = {1, 0, 1};
  EXPECT_THROW(preprocess(noise(4, 4), two), InputError);
  EXPECT_THROW(preprocess(noise(4, 4), zero), InputError);
}

TEST(Preprocess, RefusesAPictureWhoseShorterSideWouldVanish) {
  EXPECT_THROW(preprocess(noise(1, 3000), Preprocess()), InputError);
}

TEST(PreprocessGolden, EqualsThePublishedDataMapperToTheByte) {
  CLIPWORK_NEEDS_SHARED("parity/preproc_unit");
  auto folder = test::shared_dir() / "parity/preproc_unit";
  rapidjson::Document golden;
  golden.Parse(test::read_file(folder / "case.json").c_str());
  Checkpoint inputs = read_checkpoint(folder / "inputs.safetensors");
  Checkpoint outputs = read_checkpoint(folder / "outputs.safetensors");
  for (const auto& part : golden["config"]["parts"].GetObject()) {
    std::string name = part.name.GetString();
    Preprocess parameters;
    parameters.short_edge = part.value["resize"]["min_size"].GetInt64();
    parameters.long_edge = part.value["resize"]["max_size"].GetInt64();
    const Tensor& frames = *inputs.find(name + ".frames");
    for (int64_t t = 0; t < frames.size(0); ++t) {
      Preprocessed made = preprocess(frames[t], parameters);
      EXPECT_TRUE(at::equal(made.resized, (*outputs.find(name + ".resized"))[t])) << name;
      EXPECT_TRUE(at::equal(made.pictures[0], (*outputs.find(name + ".preprocessed"))[t])) << name;
    }
  }
}
