// A kind of component that one plugin declares and another implements.
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/tracker.h>
#include <gtest/gtest.h>
#include <likeness/likeness.h>

#include <cstdlib>

using namespace clipwork;

namespace {

constexpr Size kSize{16, 32};

void load() {
  Registry::instance().load(std::getenv("PLUGIN"));
  Registry::instance().load(std::getenv("OTHER_PLUGIN"));
}

/// Squares of four pixels at these columns.
ClipPrediction squares(const std::vector<int64_t>& columns) {
  const auto rows = std::ssize(columns);
  Tensor masks = at::full({1, rows, 1, kSize.height, kSize.width}, -1.F);
  for (int64_t row = 0; row < rows; ++row) {
    masks[0][row][0].narrow(0, 0, 4).narrow(1, columns[row], 4).fill_(1);
  }
  ClipPrediction prediction;
  prediction.class_scores = at::ones({1, rows, 2});
  prediction.masks = dense_masks(masks, {{kSize, kSize, kSize}});
  return prediction;
}

}  // namespace

TEST(Likeness, IsAKindOfTheRegistry) {
  load();
  const ComponentInfo& info = Registry::instance().find("likeness", "mask_overlap");
  EXPECT_EQ(info.plugin, "mask_overlap");
  const auto overlap = make_component<likeness::Likeness>("mask_overlap", Value::table());
  const Tensor values = overlap->compare(squares({0, 10}), squares({10, 2, 20}));
  EXPECT_EQ(values.sizes(), (std::vector<int64_t>{2, 3}));
  EXPECT_FLOAT_EQ(values[0][1].item<float>(), 8.F / 24);
  EXPECT_FLOAT_EQ(values[1][0].item<float>(), 1);
  EXPECT_FLOAT_EQ(values[0][2].item<float>(), 0);
}

TEST(Likeness, LinksThroughTheComponentOfTheOtherPlugin) {
  load();
  Value parameters = Value::table();
  parameters.set("likeness.type", "mask_overlap");
  const auto tracker = make_component<Tracker>("by_likeness", parameters);
  const auto state = tracker->make_state(1);
  Generators random(1);
  Communicator world;
  Context context{false, random, world};
  int64_t frame = 0;
  auto push = [&](const std::vector<int64_t>& columns) {
    const std::vector<FrameMemo> memos(1);
    const std::vector<Geometry> geometry = {{kSize, kSize, kSize}};
    std::vector<int64_t> ids;
    const Tracked tracked =
        tracker->track(squares(columns), {frame++, memos, geometry, 0, 0}, *state, context);
    for (const Link& link : tracked.links) ids.push_back(link.track);
    return ids;
  };
  EXPECT_EQ(push({0, 10}), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(push({11, 1}), (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(push({20, 2}), (std::vector<int64_t>{2, 0}));
}
