// SPDX-License-Identifier: Apache-2.0
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/scene.h>

using namespace clipwork;
using namespace clipwork::test;

namespace {

const Scene kScene({24, 32}, {{.x = 12, .y = 12, .width = 10, .height = 10}});

Sample changed(const std::string& parameters) {
  Sample sample = kScene.sample(0, 2);
  Draw draw(1, "sample", 0, 0);
  (*TestedComponent("transform", "@NAME@", toml(parameters)).make<Transform>())(sample,
                                                                                       draw);
  return sample;
}

}  // namespace

TEST(@CLASS@, KeepsItsContract) {
  ContractSetup setup;
  setup.parameters = toml("probability = 0.5");
  EXPECT_TRUE(keeps_contract("transform", "@NAME@", setup));
}

TEST(@CLASS@, MakesTheThreeChannelsEqual) {
  const Sample grey = changed("probability = 1.0");
  EXPECT_TRUE(close(grey.frames.select(1, 0), grey.frames.select(1, 2)));
  EXPECT_TRUE(close(changed("probability = 0.0").frames, kScene.sample(0, 2).frames));
}
