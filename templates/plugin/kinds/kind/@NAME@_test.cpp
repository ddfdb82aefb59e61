// SPDX-License-Identifier: Apache-2.0
#include "@NAME@.h"

#include <ATen/ops/tensor.h>
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/tracker.h>

using namespace clipwork;
using namespace clipwork::test;

namespace {

const char* const kAlike = "alike = {type = '@NAME@_overlap'}";

}  // namespace

// Of a kind that is not Clipwork's own, the suite checks description, construction and process.
TEST(@CLASS@, KeepsItsContract) { EXPECT_TRUE(keeps_contract("@NAME@", "@NAME@_overlap")); }

TEST(@CLASS@, IsTheOverlapOfTwoMasks) {
  const auto alike = TestedComponent("@NAME@", "@NAME@_overlap").make<@CLASS@>();
  const Tensor a = at::tensor({1.F, 1.F, 0.F, 0.F}).view({1, 4}),
               b = at::tensor({0.F, 1.F, 1.F, 0.F}).view({1, 4});
  EXPECT_NEAR((*alike)(a, b).item<double>(), 1 / 3.0, 1e-6);
}

TEST(@CLASS@, TrackerOnTopOfItKeepsItsContract) {
  ContractSetup setup;
  setup.parameters = toml(kAlike);
  EXPECT_TRUE(keeps_contract("tracker", "@NAME@_tracker", setup));
}
