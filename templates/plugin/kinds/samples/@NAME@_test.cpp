// SPDX-License-Identifier: Apache-2.0
#include <clipwork/samples.h>
#include <clipwork/testing/gtest.h>

using namespace clipwork;
using namespace clipwork::test;

namespace {

// A data set that comes with Clipwork and needs no files.
const char* const kDataset = "frames = 3\ndataset = {type = 'synthetic', videos = 2}";

}  // namespace

TEST(@CLASS@, KeepsItsContract) {
  ContractSetup setup;
  setup.parameters = toml(kDataset);
  EXPECT_TRUE(keeps_contract("samples", "@NAME@", setup));
}

TEST(@CLASS@, HasAsManyFramesAsItsParameterSays) {
  const auto samples = TestedComponent("samples", "@NAME@", toml(kDataset)).make<Samples>();
  EXPECT_EQ(samples->size(), 2);
  EXPECT_EQ(samples->sample(0, Draw(1, "sample", 0, 0)).frames.size(0), 3);
}
