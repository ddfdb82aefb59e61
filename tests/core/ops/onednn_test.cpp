#include "ops/onednn.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>

#include "ops_support.h"

using namespace clipwork;
using namespace clipwork::test;
using onednn::PackedWeight;

TEST(Onednn, FusedOperatorsAreThoseThatAreKnown) {
  EXPECT_TRUE(onednn::available()) << "this LibTorch's fused operators have other schemas; the "
                                      "public ones run instead, which is slower";
}

TEST(Onednn, PublicOperatorsGiveTheSameWhereFusedOnesAreMissing) {
  c10::InferenceMode mode;
  Tensor weight = normal({24, 16, 3, 3}, 1), bias = normal({24}, 2), input = map(2, 16, 7, 9, 3);
  Tensor residual = map(2, 24, 7, 9, 4);
  onednn::Convolution fused(weight, bias, 1, 1, 1, true), separate(weight, bias, 1, 1, 1, false);
  for (bool relu : {false, true}) {
    expect_close(fused.run(input, relu), separate.run(input, relu));
    Tensor expected = separate.run(input, residual, relu, false);
    expect_close(fused.run(input, residual, relu, false), expected);
    Tensor consumed = residual.clone(at::MemoryFormat::Preserve);
    expect_close(fused.run(input, consumed, relu, true), expected);
  }
  Tensor matrix = normal({24, 16}, 5), rows = normal({2, 7, 16}, 6);
  onednn::Product fused_product(matrix, bias, true), separate_product(matrix, bias, false);
  for (bool relu : {false, true}) {
    expect_close(fused_product.run(rows, relu), separate_product.run(rows, relu));
  }
  EXPECT_EQ(fused_product.run(normal({0, 16}, 7)).sizes(), (std::vector<int64_t>{0, 24}));
}

TEST(Onednn, AddsToMapsOfOnePixel) {
  onednn::Convolution fused(map(24, 24, 1, 1, 1), {}, 1, 0, 1);
  onednn::Convolution separate(map(24, 24, 1, 1, 1), {}, 1, 0, 1, false);
  Tensor input = map(1, 24, 1, 1, 3), residual = map(1, 24, 1, 1, 4);
  expect_close(fused.run(input, residual, true, false), separate.run(input, residual, true, false));
}

TEST(PackedWeight, IsMadeOnceForEachOfAFewSizes) {
  int made = 0;
  PackedWeight weight([&](const PackedWeight::InputSize& size) {
    ++made;
    return at::zeros({size[0]});
  });
  for (int round = 0; round < 3; ++round) {
    for (int64_t size : {1, 2, 3}) EXPECT_EQ(weight.at({size, 8, 8}).size(0), size);
  }
  EXPECT_EQ(made, 3);
}

TEST(PackedWeight, ForgetsTheSizeThatWasUsedLongestAgo) {
  std::vector<int64_t> made;
  PackedWeight weight([&](const PackedWeight::InputSize& size) {
    made.push_back(size[0]);
    return at::zeros({1});
  });
  for (int64_t size : {1, 2, 3, 4, 5, 6, 1, 7, 1, 3, 2}) weight.at({size, 8, 8});
  EXPECT_EQ(made, (std::vector<int64_t>{1, 2, 3, 4, 5, 6, 7, 2}));
}
