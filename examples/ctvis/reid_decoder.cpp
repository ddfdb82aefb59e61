#include "reid_decoder.h"

#include <clipwork/error.h>

#include <algorithm>

using namespace clipwork;

namespace ctvis {

namespace {

/// The width of the decoder's queries; 0 where it has none.
int64_t width_of(const DecoderContract& decoder) {
  const auto queries = std::find_if(decoder.maps.begin(), decoder.maps.end(),
                                    [](const MapInfo& map) { return map.name == "queries"; });
  return queries == decoder.maps.end() ? 0 : queries->channels;
}

}  // namespace

void ReidDecoder::Parameters::describe(Describer& d) {
  d("frame", frame, "the decoder whose embeddings are turned into others");
  d("hidden", hidden, "hidden width of the head").range(1, 65536);
  d("layers", layers, "number of linear layers of the head").range(1, 16);
}

ReidDecoder::Contract ReidDecoder::contract(const Parameters& p, const Given&) {
  Contract contract = p.frame.contract();
  // What it needs itself, its decoder gives; what that one needs is asked of the maps.
  contract.needs = {"embeddings", "start.queries"};
  return contract;
}

ReidDecoder::ReidDecoder(const Parameters& p, const Given&) : frame_(p.frame) {
  const int64_t width = width_of(p.frame.contract());
  head_ = std::make_shared<Mlp>(width, p.hidden, width, p.layers);
}

void ReidDecoder::prepare(const Inference& inference) { prepare_ops(*head_, inference); }

FrameMemo ReidDecoder::encode(const FrameFeatures& features, Context& context) {
  return frame_->encode(features, context);
}

ClipPrediction ReidDecoder::decode(const Window& window, const Tensors& start, State& state,
                                   Context& context) {
  ClipPrediction prediction = frame_->decode(window, start, state, context);
  prediction.embeddings = head_->forward(prediction.embeddings);
  return prediction;
}

void ReidDecoder::observe(const Observation& observation, State& state, Context& context) {
  frame_->observe(observation, state, context);
}

std::unique_ptr<State> ReidDecoder::make_state(int64_t batch) const {
  return frame_->make_state(batch);
}

}  // namespace ctvis
