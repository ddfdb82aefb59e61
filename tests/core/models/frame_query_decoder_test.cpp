#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <clipwork/models/frame_query_decoder.h>
#include <gtest/gtest.h>

#include "core/models/small_decoder.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

/// Maps of `count` frames.
FrameFeatures features(int64_t count) {
  FrameFeatures features;
  for (int64_t level = 0; level < QueryDecoder::kLevels; ++level) {
    const int64_t side = int64_t{1} << level;
    features.maps.push_back({cat("multi_scale.", level), int64_t{32} >> level,
                             normal({count, kChannels, side, 2 * side}, level)});
  }
  features.maps.push_back({"mask_features", 4, normal({count, 6, 8, 16}, 9)});
  features.geometry.assign(count, {{32, 64}, {32, 64}, {32, 64}});
  return features;
}

/// Doubles the queries between the attentions of every layer.
struct Doubled : FrameQueryDecoder {
  using FrameQueryDecoder::FrameQueryDecoder;
  struct Between : BetweenAttentions {
    Input operator()(int64_t, const Tensor& crossed) override { return {crossed.mul(2), {}}; }
  };
  ClipPrediction decode(const Window& window, const Tensors& start, State&,
                        Context& context) override {
    Between between;
    return run(window, start, context, &between);
  }
};

ClipPrediction decode(Decoder& decoder, int64_t count) {
  c10::NoGradGuard no_gradient;
  Generators random(1);
  Communicator world;
  Context context{false, random, world};
  const FrameFeatures all = features(count);
  const FrameMemo memo = decoder.encode(all, context);
  const std::unique_ptr<State> state = decoder.make_state(count);
  return decoder.decode({0, {&memo, 1}, {all.geometry.data(), 1}, 0, 0}, decoder.start(count),
                        *state, context);
}

}  // namespace

TEST(FrameQueryDecoder, DecodesTheFramesOfABatchOneByOne) {
  FrameQueryDecoder decoder(small_decoder(), small_maps());
  fill(*decoder.weights(), 1);
  const ClipPrediction all = decode(decoder, 3);
  EXPECT_EQ(all.class_scores.sizes(), (std::vector<int64_t>{3, kQueries, 3}));
  EXPECT_EQ(all.embeddings.sizes(), (std::vector<int64_t>{3, kQueries, kChannels}));
  EXPECT_EQ(all.masks->values(0, Pairs::all(3, kQueries)).sizes(),
            (std::vector<int64_t>{3 * kQueries, 8, 16}));
  // Random maps of one frame are those of the first of three.
  EXPECT_TRUE(at::allclose(decode(decoder, 1).queries[0], all.queries[0], 1e-4, 1e-5));
}

TEST(FrameQueryDecoder, IsABaseForOthers) {
  FrameQueryDecoder usual(small_decoder(), small_maps());
  Doubled doubled(small_decoder(), small_maps());
  for (Decoder* decoder : {static_cast<Decoder*>(&usual), static_cast<Decoder*>(&doubled)}) {
    fill(*decoder->weights(), 1);
  }
  EXPECT_EQ(doubled.weight_names().prefix, "sem_seg_head.predictor.");
  EXPECT_FALSE(at::allclose(decode(usual, 1).queries, decode(doubled, 1).queries));
  EXPECT_TRUE(at::equal(decode(doubled, 1).queries, decode(doubled, 1).queries));
}
