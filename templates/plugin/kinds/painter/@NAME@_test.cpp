// SPDX-License-Identifier: Apache-2.0
#include <ATen/ops/zeros.h>
#include <clipwork/painter.h>
#include <clipwork/testing/gtest.h>
#include <clipwork/testing/scene.h>

using namespace clipwork;
using namespace clipwork::test;

namespace {

const char* const kEncoder = "encoder = {type = 'media/overlay'}";

}  // namespace

TEST(@CLASS@, KeepsItsContract) {
  ContractSetup setup;
  setup.parameters = toml(kEncoder);
  EXPECT_TRUE(keeps_contract("painter", "@NAME@", setup));
}

TEST(@CLASS@, LeavesPixelsWithoutATrack) {
  const auto painter = TestedComponent("painter", "@NAME@", toml(kEncoder)).make<Painter>();
  Tensor picture = at::zeros({3, 8, 8}, at::kByte);
  const Tensor mask = rectangle({8, 8}, 2, 2, 4, 4);
  painter->paint(picture, {{1, MaskRle::from_tensor(mask), "one"}}, "");
  EXPECT_TRUE(close(picture.ne(0).any(0), mask));
}
