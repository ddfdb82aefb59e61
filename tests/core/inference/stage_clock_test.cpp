#include "inference/stage_clock.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include <clipwork/host/plan.h>

using namespace clipwork;

namespace {

void pass() {}

/// What an error says that `call` throws in a stage.
std::string message_of(const std::function<void()>& call) {
  StageClock clock;
  try {
    clock.run("decode", "decoder 'a'", "dog.mp4, frame 3", call);
  } catch (const Error& error) {
    EXPECT_TRUE(clock.times().stages.empty());
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST(StageClock, AddsUpTimeAndCallsOfEachStageInTheOrderOfTheirFirstCalls) {
  StageClock clock;
  clock.run("encode", "", "", pass);
  clock.run("decode", "", "", [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); });
  clock.run("encode", "", "", pass);
  const auto& stages = clock.times().stages;
  ASSERT_EQ(stages.size(), 2u);
  EXPECT_EQ(stages[0].name, "encode");
  EXPECT_EQ(stages[0].calls, 2);
  EXPECT_EQ(stages[1].name, "decode");
  EXPECT_EQ(stages[1].calls, 1);
  EXPECT_GE(stages[1].wall_seconds, 0.02);
  EXPECT_LT(stages[1].cpu_seconds, 0.02);
}

TEST(StageClock, PutsPlaceAndComponentBeforeWhateverIsThrown) {
  EXPECT_EQ(message_of([] { throw std::runtime_error("gave up"); }),
            "dog.mp4, frame 3, decoder 'a': gave up");
  EXPECT_EQ(message_of([] { throw Error("gave up", "layer 2", "try less"); }),
            "dog.mp4, frame 3, decoder 'a', layer 2: gave up; try less");
  const std::string torch = message_of([] { TORCH_CHECK(false, "sizes differ"); });
  EXPECT_EQ(torch, "dog.mp4, frame 3, decoder 'a': sizes differ");
}

TEST(StageClock, LeavesAnErrorItsType) {
  StageClock clock;
  EXPECT_THROW(clock.run("preprocess", "preprocess", "frame 0", [] { throw InputError("odd"); }),
               InputError);
}

TEST(StageClock, NamesTheComponentOfACall) {
  ComponentInfo info;
  info.kind = "tracker";
  info.name = "iou";
  PlannedComponent tracker;
  tracker.info = &info;
  StageClock clock;
  clock.set_place("frame 7");
  try {
    clock.run("track", tracker, [] { throw Error("gave up"); });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "frame 7, tracker 'iou': gave up");
  }
}
