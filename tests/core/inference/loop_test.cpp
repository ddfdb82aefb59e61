// The loop apart from what inference and training do around it.

#include "inference/loop.h"

#include <gtest/gtest.h>

#include "core/loop_components.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

/// Adds a component to the plan, and builds it.
template <class Kind>
std::shared_ptr<Kind> add_part(Plan& plan, const PlannedComponent*& part,
                               const typename Kind::Parameters& parameters) {
  auto planned = std::make_shared<PlannedComponent>();
  planned->contract =
      std::make_shared<typename Kind::Contract>(Kind::contract(parameters, Given{{}, 2}));
  part = planned.get();
  plan.components.push_back(std::move(planned));
  return std::make_shared<Kind>(parameters, Given{{}, 2});
}

/// Windows of two frames over the components of `loop_components.h`.
struct Parts : LoopParts {
  explicit Parts(const Numbers::Parameters& decoding = {}, const Carry::Parameters& tracking = {}) {
    seen = {};
    plan.window.length = 2;
    plan.classes.names = {"a", "b"};
    mean_ = add_part<Mean>(plan, plan.backbone, {});
    numbers_ = add_part<Numbers>(plan, plan.decoder, decoding);
    carry_ = add_part<Carry>(plan, plan.tracker, tracking);
    backbone = mean_.get();
    decoder = numbers_.get();
    tracker = carry_.get();
  }

 private:
  std::shared_ptr<Mean> mean_;
  std::shared_ptr<Numbers> numbers_;
  std::shared_ptr<Carry> carry_;
};

/// Notes the calls.
struct Noted : Stages {
  explicit Noted(const Plan& plan) : plan(plan) {}
  void run(const char* name, const PlannedComponent& component,
           const std::function<void()>& call) override {
    const char* who = &component == plan.backbone  ? "backbone"
                      : &component == plan.decoder ? "decoder"
                                                   : "tracker";
    calls.push_back(cat(name, " by ", who));
    call();
  }
  const Plan& plan;
  std::vector<std::string> calls;
};

const Geometry kGeometry{{8, 8}, {8, 8}, {8, 8}};

/// Frames of one video with these values.
Tensor pictures(const std::vector<float>& values) {
  return at::tensor(values).view({-1, 1, 1, 1}).expand({-1, 3, 8, 8});
}

Observation nothing(const TrackedWindow&) {
  return {at::zeros({1, 2}, at::kLong), at::zeros({1, 2, 2, 8, 8}, at::kBool),
          at::zeros({1, 2}, at::kBool)};
}

}  // namespace

TEST(Loop, MakesEveryCallThroughItsStages) {
  Numbers::Parameters decoding;
  decoding.observes = true;
  const Parts parts(decoding);
  Noted stages(parts.plan);
  Generators random(0);
  Communicator world;
  Context context{false, random, world};
  std::vector<FrameMemo> memos = encode(parts, pictures({1, 2}), kGeometry, 1, context, stages);
  ASSERT_EQ(memos.size(), 2u);
  Loop loop(parts, 1, context, stages, nullptr, nothing);
  for (FrameMemo& memo : memos) loop.push(std::move(memo), kGeometry);
  EXPECT_EQ(stages.calls, (std::vector<std::string>{"backbone by backbone", "encode by decoder",
                                                    "propose by decoder", "propose by tracker",
                                                    "decode by decoder", "track by tracker",
                                                    "observe by decoder"}));
  ASSERT_EQ(seen.decoded.size(), 1u);
  EXPECT_EQ(seen.decoded[0].frame_values, (std::vector<float>{1, 2}));
  EXPECT_EQ(seen.observed.size(), 1u);
}

TEST(Loop, ReturnsWindowsAsTheyFillAndTheLastAtTheEnd) {
  const Parts parts;
  Stages stages;
  Generators random(0);
  Communicator world;
  Context context{false, random, world};
  std::vector<FrameMemo> memos = encode(parts, pictures({1, 2, 3}), kGeometry, 1, context, stages);
  Loop loop(parts, 1, context, stages, nullptr, nothing);
  EXPECT_FALSE(loop.push(memos[0], kGeometry).has_value());
  const std::optional<TrackedWindow> first = loop.push(memos[1], kGeometry);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->span.end, 2);
  EXPECT_EQ(first->tracked.links.size(), 2u);
  EXPECT_EQ(loop.settled(), 2);
  EXPECT_FALSE(loop.push(memos[2], kGeometry).has_value());
  const std::vector<TrackedWindow> last = loop.finish();
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(last[0].span.first, 2);
  EXPECT_EQ(last[0].tracked.first, 2);
}

TEST(Loop, ReturnsAllWindowsOfATrackerThatDefersAtTheEnd) {
  Carry::Parameters tracking;
  tracking.defers = true;
  const Parts parts({}, tracking);
  Stages stages;
  Generators random(0);
  Communicator world;
  Context context{false, random, world};
  Loop loop(parts, 1, context, stages, nullptr, nothing);
  for (FrameMemo& memo : encode(parts, pictures({1, 2, 3}), kGeometry, 1, context, stages)) {
    EXPECT_FALSE(loop.push(std::move(memo), kGeometry).has_value());
  }
  const std::vector<TrackedWindow> windows = loop.finish();
  ASSERT_EQ(windows.size(), 2u);
  EXPECT_EQ(windows[1].span.first, 2);
  EXPECT_EQ(windows[1].tracked.first, 2);
}

TEST(Loop, LeavesATrackerOutOfTrainingThatDoesNotTrain) {
  const Parts parts;
  Noted stages(parts.plan);
  Generators random(0);
  Communicator world;
  Context context{true, random, world};
  Loop loop(parts, 1, context, stages, nullptr, nothing);
  for (FrameMemo& memo : encode(parts, pictures({1, 2}), kGeometry, 1, context, stages)) {
    loop.push(std::move(memo), kGeometry);
  }
  EXPECT_EQ(stages.calls, (std::vector<std::string>{"backbone by backbone", "encode by decoder",
                                                    "propose by decoder", "decode by decoder"}));
}
