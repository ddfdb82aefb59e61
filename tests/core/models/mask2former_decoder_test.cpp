#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/ones_like.h>
#include <clipwork/models/mask2former_decoder.h>
#include <clipwork/tap.h>
#include <gtest/gtest.h>

#include <string>

#include "core/models/small_decoder.h"
#include "tap_recorder.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

constexpr Size kSizes[] = {{1, 2}, {2, 3}, {4, 5}};

std::shared_ptr<QueryDecoder> make(QueryDecoder::Windows windows) {
  QueryDecoderParameters parameters = small_decoder();
  parameters.attention_masks = QueryDecoderParameters::AttentionMasks::published;
  auto network = std::make_shared<QueryDecoder>(parameters, small_maps(), windows);
  fill(*network, 1);
  return network;
}

/// Maps of one frame.
class Maps : public AttendedMaps {
 public:
  explicit Maps(const QueryLayers& layers) : layers_(layers) {}
  Size size(int64_t layer) const override { return kSizes[QueryDecoder::level_of(layer)]; }
  Projected projected(int64_t layer) const override {
    const Size map = size(layer);
    Tensor tokens = normal({1, map.height * map.width, kChannels},
                           100 + static_cast<uint64_t>(QueryDecoder::level_of(layer)));
    return {layers_.project_key(layer, tokens), layers_.project_value(layer, tokens)};
  }

 private:
  const QueryLayers& layers_;
};

QueryDecoder::Pass run(QueryDecoder& network, bool training = false,
                       BetweenAttentions* between = nullptr) {
  c10::NoGradGuard no_gradient;
  FrameMemo memo;
  memo.tensors.set("mask_features", normal({1, 6, 8, 10}, 200), Keep::bulk);
  Geometry geometry{{32, 40}, {32, 40}, {32, 40}};
  Generators random(1);
  Communicator world;
  Context context{training, random, world};
  Maps maps(network.layers);
  return network.run(network.start(1).at("queries"), {0, {&memo, 1}, {&geometry, 1}, 0, 0}, maps,
                     context, between);
}

}  // namespace

TEST(QueryDecoder, PredictsTheSameOfAFrameAndOfAClipOfOneFrame) {
  auto frame = make(QueryDecoder::Windows::frames), clip = make(QueryDecoder::Windows::clips);
  ClipPrediction a = run(*frame).prediction, b = run(*clip).prediction;
  EXPECT_TRUE(at::equal(a.class_scores, b.class_scores));
  EXPECT_TRUE(
      at::equal(a.masks->values(0, Pairs::all(1, 5)), b.masks->values(0, Pairs::all(1, 5))));
}

TEST(QueryDecoder, TapsMasksOfFramesWithoutADimensionOfTime) {
  TapRecorder of_frame, of_clip;
  {
    TapScope scope(&of_frame);
    run(*make(QueryDecoder::Windows::frames));
  }
  {
    TapScope scope(&of_clip);
    run(*make(QueryDecoder::Windows::clips));
  }
  for (const char* tap :
       {"decoder.aux.0.pred_masks", "decoder.aux.3.pred_masks", "decoder.pred_masks"}) {
    EXPECT_EQ(of_frame.heard.at(tap).sizes(), (std::vector<int64_t>{1, 5, 8, 10})) << tap;
    EXPECT_EQ(of_clip.heard.at(tap).sizes(), (std::vector<int64_t>{1, 5, 1, 8, 10})) << tap;
  }
  for (const char* tap : {"decoder.layer_input", "decoder.allowed"}) {
    EXPECT_FALSE(of_frame.heard.count(tap)) << tap;
    EXPECT_TRUE(of_clip.heard.count(tap)) << tap;
  }
}

TEST(QueryDecoder, ReturnsTheLastLayerOfClipsAsItRan) {
  EXPECT_FALSE(run(*make(QueryDecoder::Windows::frames)).last);
  auto network = make(QueryDecoder::Windows::clips);
  LastLayer last = run(*network).last.value();
  c10::NoGradGuard no_gradient;
  Tensor positions = network->query_positions.unsqueeze(0);
  Tensor crossed = network->layers.cross(kLayers - 1, last.input, positions, last.keys, last.values,
                                         open_empty_rows(last.closed));
  EXPECT_TRUE(at::allclose(crossed, last.crossed));
  EXPECT_TRUE(at::allclose(network->layers.rest(kLayers - 1, crossed, positions), last.output));
  EXPECT_TRUE(at::allclose(network->heads.embeddings(last.output), last.embeddings));
}

TEST(QueryDecoder, LetsOthersTakePartBetweenItsAttentions) {
  struct Between : BetweenAttentions {
    Input operator()(int64_t layer, const Tensor& crossed) override {
      layers.push_back(layer);
      return {keeps ? crossed : crossed * 2, mask};
    }
    std::vector<int64_t> layers;
    bool keeps = true;
    Tensor mask;
  };
  auto network = make(QueryDecoder::Windows::frames);
  Tensor usual = run(*network).prediction.queries;
  Between between;
  EXPECT_TRUE(at::equal(run(*network, false, &between).prediction.queries, usual));
  EXPECT_EQ(between.layers, (std::vector<int64_t>{0, 1, 2, 3}));
  // Queries that see only themselves in the self-attention.
  between.mask = at::eye(5).logical_not().unsqueeze(0);
  Tensor alone = run(*network, false, &between).prediction.queries;
  EXPECT_FALSE(at::allclose(alone, usual));
  between.mask = Tensor();
  between.keeps = false;
  EXPECT_FALSE(at::allclose(run(*network, false, &between).prediction.queries, usual));
}

TEST(QueryDecoder, GoesOnWithMasksThatAListenerReplaces) {
  auto network = make(QueryDecoder::Windows::clips);
  ClipPrediction usual = run(*network).prediction;
  TapRecorder recorder;
  TapScope scope(&recorder);
  run(*network);
  recorder.replaced["decoder.pred_masks"] = at::ones_like(recorder.heard.at("decoder.pred_masks"));
  ClipPrediction replaced = run(*network).prediction;
  EXPECT_TRUE(at::equal(replaced.class_scores, usual.class_scores));
  EXPECT_TRUE(replaced.masks->values(0, Pairs::all(1, 5)).eq(1).all().item<bool>());
}

TEST(QueryDecoder, PredictsBeforeEachLayerInTraining) {
  auto network = make(QueryDecoder::Windows::frames);
  EXPECT_TRUE(run(*network).prediction.aux.empty());
  EXPECT_EQ(run(*network, true).prediction.aux.size(), static_cast<size_t>(kLayers));
}
