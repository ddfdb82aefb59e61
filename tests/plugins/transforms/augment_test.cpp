// Steps of augmentation: to the byte as the libraries of the public code, and as the recipes draw.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/samples.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;

namespace {

[[maybe_unused]] const bool kReady = [] {
  use_built_plugins();
  Registry::instance().load_search_path();
  return true;
}();

Value list(const std::vector<double>& numbers) {
  Value::Array array;
  for (const double number : numbers) array.push_back(Value(number));
  return Value(array);
}
Value integers(const std::vector<int64_t>& numbers) {
  Value::Array array;
  for (const int64_t number : numbers) array.push_back(Value(number));
  return Value(array);
}
std::shared_ptr<Transform> transform(const std::string& name, const Members& members = {}) {
  return make_component<Transform>(name, table(members));
}
Draw draw(int64_t sample) { return Draw(1, "sample", 0, sample); }

/// What a step makes of a copy of the sample.
Sample after(const Transform& step, const Sample& sample, int64_t seed = 0) {
  Sample copy = sample;
  copy.frames = sample.frames.clone();
  copy.targets.masks = sample.targets.masks.clone();
  copy.targets.boxes = sample.targets.boxes.clone();
  copy.targets.ids = sample.targets.ids.clone();
  Draw own = draw(seed);
  step(copy, own);
  check_targets(copy.targets, 1);
  return copy;
}

/// Two equal frames of patterns that leave no pixel like its neighbours, with one object.
Sample patterned(int64_t height = 61, int64_t width = 83) {
  const Tensor y = at::arange(height, at::kLong).view({1, height, 1});
  const Tensor x = at::arange(width, at::kLong).view({1, 1, width});
  const Tensor c = at::arange(3, at::kLong).view({3, 1, 1});
  Sample sample;
  const Tensor frame = (37 * x + 101 * y + 53 * c + x * y).remainder(256).to(at::kByte);
  sample.frames = at::stack({frame, frame});
  const Tensor mask = (x * x + 3 * y * y + x * y).remainder(97).lt(40).squeeze(0);
  sample.targets.masks = at::stack({mask, mask}).unsqueeze(0);
  sample.targets.labels = at::zeros({1}, at::kLong);
  sample.targets.ids = at::full({1, 2}, 5, at::kLong);
  sample.targets.boxes = at::tensor({0.F, 0.F, float(width), float(height)}, at::kFloat)
                             .expand({1, 2, 4})
                             .contiguous();
  return sample;
}

/// Frames whose pixels say where they are: red the column, green the row; one object, a rectangle.
Sample placed(int64_t height, int64_t width, int64_t frames, Box object) {
  Sample sample;
  sample.frames = at::zeros({frames, 3, height, width}, at::kByte);
  sample.frames.select(1, 0).copy_(
      at::arange(width, at::kByte).view({1, 1, width}).expand({frames, height, width}));
  sample.frames.select(1, 1).copy_(
      at::arange(height, at::kByte).view({1, height, 1}).expand({frames, height, width}));
  sample.targets.masks = at::zeros({1, frames, height, width}, at::kBool);
  sample.targets.masks.narrow(2, object.y, object.height)
      .narrow(3, object.x, object.width)
      .fill_(true);
  sample.targets.labels = at::zeros({1}, at::kLong);
  sample.targets.ids = at::full({1, frames}, 5, at::kLong);
  sample.targets.boxes =
      at::tensor({float(object.x), float(object.y), float(object.x + object.width),
                  float(object.y + object.height)},
                 at::kFloat)
          .expand({1, frames, 4})
          .contiguous();
  return sample;
}

/// A sum in which every place counts.
int64_t total(const Tensor& values) {
  const Tensor flat = values.to(at::kLong).flatten();
  return (flat * (at::arange(flat.size(0), at::kLong).remainder(9973) + 1)).sum().item<int64_t>();
}

std::vector<int64_t> numbers(const Tensor& values) {
  std::vector<int64_t> all;
  const Tensor flat = values.flatten();
  for (int64_t i = 0; i < flat.size(0); ++i) all.push_back(flat[i].item().to<int64_t>());
  return all;
}

/// The box round a mask [H, W].
std::vector<int64_t> box_of(const Tensor& mask) {
  const Box box = MaskRle::from_tensor(mask).box();
  return {box.x, box.y, box.x + box.width, box.y + box.height};
}

}  // namespace

TEST(Flip, MirrorsFramesMasksAndBoxes) {
  const Sample sample = placed(4, 10, 2, {1, 0, 3, 2});
  const Sample flipped = after(*transform("flip", {{"probability", 1.0}}), sample);
  EXPECT_TRUE(at::equal(flipped.frames, sample.frames.flip({3})));
  EXPECT_TRUE(at::equal(flipped.targets.masks, sample.targets.masks.flip({3})));
  EXPECT_EQ(numbers(flipped.targets.boxes[0][1]), (std::vector<int64_t>{6, 0, 9, 2}));
  const Sample kept = after(*transform("flip", {{"probability", 0.0}}), sample);
  EXPECT_TRUE(at::equal(kept.frames, sample.frames));
}

TEST(Flip, IsDrawnForAClipOrForEveryFrame) {
  const Sample sample = placed(2, 3, 3, {0, 0, 1, 1});
  const auto flips = [&](const char* per) {
    const auto step = transform("flip", {{"per", per}});
    std::map<std::vector<bool>, int64_t> met;
    for (int64_t i = 0; i < 800; ++i) {
      const Sample drawn = after(*step, sample, i);
      std::vector<bool> flipped;
      for (int64_t t = 0; t < 3; ++t) {
        flipped.push_back(drawn.frames[t][0][0][0].item<int64_t>() == 2);
      }
      ++met[flipped];
    }
    return met;
  };
  EXPECT_EQ(flips("clip").size(), 2u);
  const auto frames = flips("frame");
  EXPECT_EQ(frames.size(), 8u);
  for (const auto& [flipped, count] : frames) EXPECT_NEAR(count, 100, 5 * 9.4);
}

TEST(Resize, IsToTheByteThatOfPilAndOpenCv) {
  // Of Pillow's BILINEAR and NEAREST, and of OpenCV 4.6's INTER_LINEAR and INTER_NEAREST.
  struct Case {
    const char* resize;
    int64_t edge, masks, frames;
  };
  for (const Case& one : {Case{"shortest_edge", 17, 30493, 87738983},
                          {"shortest_edge", 40, 997926, 2675929127},
                          {"shortest_edge", 96, 22314084, 22934505558},
                          {"cv_fit", 17, 33177, 87204325},
                          {"cv_fit", 40, 928894, 2673295049},
                          {"cv_fit", 96, 21806213, 22910908367}}) {
    const Sample resized =
        after(*transform("resize", {{"resize", one.resize}, {"short_edges", integers({one.edge})}}),
              patterned());
    EXPECT_EQ(resized.frames.size(2), one.edge);
    for (int64_t t = 0; t < 2; ++t) {
      EXPECT_EQ(total(resized.frames[t]), one.frames) << one.resize << " " << one.edge;
      EXPECT_EQ(total(resized.targets.masks[0][t]), one.masks) << one.resize << " " << one.edge;
    }
    EXPECT_FLOAT_EQ(resized.targets.boxes[0][0][3].item<float>(), float(one.edge));
    EXPECT_FLOAT_EQ(resized.targets.boxes[0][0][2].item<float>(), float(resized.frames.size(3)));
  }
}

TEST(Resize, EdgesAreDrawnFromAListOrARange) {
  const auto heights = [](const char* choose, const char* resize, std::vector<int64_t> edges,
                          std::vector<int64_t> long_edges) {
    const auto step = transform("resize", {{"choose", choose},
                                           {"resize", resize},
                                           {"short_edges", integers(edges)},
                                           {"long_edges", integers(long_edges)}});
    std::set<std::pair<int64_t, int64_t>> met;
    for (int64_t i = 0; i < 300; ++i) {
      const Sample drawn = after(*step, placed(10, 20, 1, {0, 0, 1, 1}), i);
      met.emplace(drawn.frames.size(2), drawn.frames.size(3));
    }
    return met;
  };
  using Sizes = std::set<std::pair<int64_t, int64_t>>;
  EXPECT_EQ(heights("choice", "shortest_edge", {12, 20}, {100}), (Sizes{{12, 24}, {20, 40}}));
  EXPECT_EQ(heights("choice", "shortest_edge", {12, 20}, {30}), (Sizes{{12, 24}, {15, 30}}));
  EXPECT_EQ(heights("range", "shortest_edge", {12, 14}, {100}),
            (Sizes{{12, 24}, {13, 26}, {14, 28}}));
  EXPECT_EQ(heights("range", "cv_fit", {12, 13}, {22, 27}),
            (Sizes{{11, 22}, {12, 23}, {12, 24}, {12, 24}, {13, 25}, {13, 26}}));
}

TEST(Crop, ItsSidesAreDrawnOnceAndItMovesAlongALine) {
  const auto step = transform("crop", {{"sides", integers({20, 40})}});
  std::set<int64_t> heights, widths, lefts;
  int64_t rising = 0;
  constexpr int64_t kDraws = 600;
  for (int64_t i = 0; i < kDraws; ++i) {
    const Sample drawn = after(*step, placed(50, 90, 4, {30, 10, 20, 20}), i);
    const int64_t height = drawn.frames.size(2), width = drawn.frames.size(3);
    heights.insert(height);
    widths.insert(width);
    // The corner's place is in its pixel.
    const auto x = numbers(drawn.frames.select(1, 0).select(1, 0).select(1, 0));
    const auto y = numbers(drawn.frames.select(1, 1).select(1, 0).select(1, 0));
    lefts.insert(x[0]);
    const bool up = std::is_sorted(x.begin(), x.end()) && std::is_sorted(y.begin(), y.end());
    const bool down = std::is_sorted(x.rbegin(), x.rend()) && std::is_sorted(y.rbegin(), y.rend());
    EXPECT_TRUE(up || down);
    rising += up && x != std::vector<int64_t>(4, x[0]);
    ASSERT_LE(x[3] + width, 90);
    ASSERT_LE(y[3] + height, 50);
    // On a line: but for rounding, as far along in x as in y.
    const double whole_x = double(x[3] - x[0]), whole_y = double(y[3] - y[0]);
    for (size_t t = 1; t < 3; ++t) {
      if (std::abs(whole_x) < 1 || std::abs(whole_y) < 1) continue;
      EXPECT_NEAR(double(x[t] - x[0]), double(y[t] - y[0]) / whole_y * whole_x,
                  1.01 + 1.01 * std::abs(whole_x / whole_y));
    }
    const Targets& targets = drawn.targets;
    for (int64_t t = 0; t < 4; ++t) {
      const bool there = targets.masks[0][t].any().item<bool>();
      if (!there) continue;
      EXPECT_EQ(numbers(targets.boxes[0][t]), box_of(targets.masks[0][t]));
    }
  }
  EXPECT_EQ(heights.size(), 21u);
  EXPECT_EQ(widths.size(), 21u);
  EXPECT_EQ(*heights.begin(), 20);
  EXPECT_EQ(*heights.rbegin(), 40);
  EXPECT_GT(lefts.size(), 50u);
  EXPECT_NEAR(double(rising), kDraws / 2, 0.1 * kDraws);
}

TEST(Crop, IsNoLargerThanThePictureAndStaysWhereAsked) {
  const Sample whole =
      after(*transform("crop", {{"sides", integers({384, 600})}}), placed(50, 90, 2, {0, 0, 1, 1}));
  EXPECT_EQ(whole.frames.sizes(), at::IntArrayRef({2, 3, 50, 90}));
  const auto step = transform("crop", {{"sides", integers({20, 20})}, {"moving", false}});
  const Sample still = after(*step, placed(50, 90, 3, {0, 0, 1, 1}));
  EXPECT_TRUE(at::equal(still.frames[0], still.frames[2]));
}

TEST(ScaleCrop, FillsWhatIsSmallAndCutsWhatIsLarge) {
  const auto step = [](double scale) {
    return transform("scale_crop", {{"size", 40}, {"scales", list({scale, scale})}, {"fill", 128}});
  };
  const Sample sample = placed(50, 100, 1, {20, 10, 60, 30});
  const Sample small = after(*step(0.5), sample);
  EXPECT_EQ(small.frames.sizes(), at::IntArrayRef({1, 3, 40, 40}));
  EXPECT_TRUE(small.frames[0].narrow(1, 10, 30).eq(128).all().item<bool>());
  EXPECT_TRUE(small.frames[0].narrow(2, 20, 20).eq(128).all().item<bool>());
  EXPECT_EQ(numbers(small.targets.boxes[0][0]), (std::vector<int64_t>{4, 2, 16, 8}));
  EXPECT_EQ(box_of(small.targets.masks[0][0]), (std::vector<int64_t>{4, 2, 16, 8}));

  // 80 wide and 40 high: cut at the sides only, anywhere.
  std::set<int64_t> lefts;
  for (int64_t i = 0; i < 200; ++i) {
    const Sample large = after(*step(2), sample, i);
    EXPECT_EQ(large.frames.sizes(), at::IntArrayRef({1, 3, 40, 40}));
    EXPECT_EQ(numbers(large.targets.boxes[0][0]), box_of(large.targets.masks[0][0]));
    lefts.insert(large.frames[0][0][0][0].item<int64_t>());
  }
  EXPECT_GT(lefts.size(), 30u);
}

TEST(Rotate, IsToTheByteThatOfOpenCv) {
  // Of OpenCV 4.6's warpAffine with getRotationMatrix2D.
  struct Case {
    double degrees, centre;
    int64_t frames, masks;
  };
  for (const Case& one : {Case{10, 0.4, 7387478934, 4802912},
                          {-13.7, 0.55, 7273609268, 4681042},
                          {90, 0.5, 5912886123, 3905474},
                          {0.01, 0.5, 8063649443, 5340264}}) {
    const Sample turned = after(*transform("rotate", {{"degrees", list({one.degrees, one.degrees})},
                                                      {"centre", list({one.centre, one.centre})}}),
                                patterned());
    for (int64_t t = 0; t < 2; ++t) {
      EXPECT_EQ(total(turned.frames[t]), one.frames) << one.degrees;
      EXPECT_EQ(total(turned.targets.masks[0][t]), one.masks) << one.degrees;
      EXPECT_EQ(numbers(turned.targets.boxes[0][t]), box_of(turned.targets.masks[0][t]));
    }
  }
}

TEST(Rotate, AnglesOfAClipAreSortedBothWays) {
  // The height of the picture's right edge falls as it turns counter-clockwise.
  Sample sample = placed(101, 101, 4, {90, 48, 5, 5});
  const auto step = transform("rotate", {{"centre", list({0.5, 0.5})}});
  int64_t rising = 0;
  double least = 0, most = 0;
  constexpr int64_t kDraws = 300;
  for (int64_t i = 0; i < kDraws; ++i) {
    const Sample turned = after(*step, sample, i);
    std::vector<double> angles;
    for (int64_t t = 0; t < 4; ++t) {
      const Tensor box = turned.targets.boxes[0][t];
      const double y = 50.5 - (box[1] + box[3]).item<double>() / 2;
      const double x = (box[0] + box[2]).item<double>() / 2 - 50.5;
      angles.push_back(std::atan2(y, x) * 180 / M_PI);
    }
    // Whole pixels: an angle is known to half a degree.
    const bool up = angles[3] >= angles[0];
    for (size_t t = 1; t < 4; ++t) {
      EXPECT_GE(up ? angles[t] - angles[t - 1] : angles[t - 1] - angles[t], -1.5);
    }
    rising += up;
    least = std::min(least, *std::min_element(angles.begin(), angles.end()));
    most = std::max(most, *std::max_element(angles.begin(), angles.end()));
  }
  EXPECT_NEAR(double(rising), kDraws / 2, 5 * 9);
  EXPECT_NEAR(least, -15, 1);
  EXPECT_NEAR(most, 15, 1);
}

TEST(Colour, ScalesLightContrastAndSaturationOfAllFramesAlike) {
  const auto only = [](const char* which, double factor) {
    Members members = {
        {"brightness", list({1, 1})}, {"contrast", list({1, 1})}, {"saturation", list({1, 1})}};
    for (auto& [name, value] : members) {
      if (name == which) value = list({factor, factor});
    }
    return transform("colour", members);
  };
  Sample sample = placed(1, 2, 2, {0, 0, 1, 1});
  sample.frames.copy_(
      at::tensor({100, 200, 50, 150, 60, 40}, at::kByte).view({1, 3, 1, 2}).expand({2, 3, 1, 2}));
  using Numbers = std::vector<int64_t>;
  EXPECT_EQ(numbers(after(*only("brightness", 1.5), sample).frames[1]),
            (Numbers{150, 255, 75, 225, 90, 60}));
  // The mean is 100.
  EXPECT_EQ(numbers(after(*only("contrast", 0.5), sample).frames[1]),
            (Numbers{100, 150, 75, 125, 80, 70}));
  // Greys are 66.09 and 152.41.
  EXPECT_EQ(numbers(after(*only("saturation", 0), sample).frames[1]),
            (Numbers{66, 152, 66, 152, 66, 152}));
  const Sample drawn = after(*transform("colour"), sample, 3);
  EXPECT_FALSE(at::equal(drawn.frames, sample.frames));
  EXPECT_TRUE(at::equal(drawn.frames[0], drawn.frames[1]));
  EXPECT_TRUE(at::equal(drawn.targets.masks, sample.targets.masks));
}

TEST(Chance, TakesAllItsStepsOrNone) {
  const auto step = transform(
      "chance",
      {{"probability", 0.25},
       {"transforms",
        table({{"flip", table({{"type", "flip"}, {"probability", 1.0}})},
               {"small", table({{"type", "resize"}, {"short_edges", integers({2})}})}})}});
  const Sample sample = placed(4, 6, 1, {0, 0, 1, 1});
  int64_t taken = 0;
  for (int64_t i = 0; i < 1000; ++i) {
    const Sample drawn = after(*step, sample, i);
    const bool small = drawn.frames.size(2) == 2;
    EXPECT_EQ(drawn.targets.masks[0][0][0][0].item<bool>(), !small);
    taken += small;
  }
  EXPECT_NEAR(taken, 250, 5 * 14);
}

TEST(Steps, LimitsThatAreNoneAreRefusedByName) {
  const auto refusal = [](const std::string& name, const Members& members) {
    try {
      transform(name, members);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(refusal("crop", {{"sides", integers({5})}}),
              HasSubstr("sides has 1 value, expected 2"));
  EXPECT_THAT(refusal("rotate", {{"degrees", list({15, -15})}}),
              HasSubstr("degrees = [15.0, -15.0] is not a range"));
  EXPECT_THAT(refusal("colour", {{"contrast", list({-1, 1})}}), HasSubstr("from 0 to 1000"));
  EXPECT_THAT(refusal("resize", {{"short_edges", integers({})}}),
              HasSubstr("short_edges has 0 values, expected 1 to 1000"));
  EXPECT_THAT(refusal("scale_crop", {}), HasSubstr("accepted"));
}
