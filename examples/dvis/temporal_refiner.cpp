#include "temporal_refiner.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/replication_pad1d.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <tuple>

#include "referring_tracker.h"

using namespace clipwork;

namespace dvis {

namespace {

struct Video : State {
  std::unique_ptr<State> tracker;
  std::vector<Tracked> windows;
};

ReferringTracker& referring(const RefinerParameters& p) {
  return dynamic_cast<ReferringTracker&>(*p.tracker);
}

/// A convolution along the last dimension that keeps its length: edges are repeated.
Tensor along_time(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const int64_t side = weight.size(2) / 2;
  return at::conv1d(at::replication_pad1d(x, {side, side}), weight, bias);
}

/// norm(x + attention(x to `to`)).
Tensor attended(Attention& attention, AddNorm& norm, const Tensor& x, const Tensor& to) {
  return norm.forward(attention.forward(x, to, to), x);
}

}  // namespace

void RefinerParameters::describe(Describer& d) {
  d("tracker", tracker, "the referring tracker whose tracks are refined");
  d("heads", heads, "number of attention heads").range(1, 64);
  d("layers", layers, "number of layers").range(1, 64);
  d("feedforward", feedforward, "hidden width of the feed-forward network").range(1, 65536);
  d("online_scores", online_scores,
    "score a class by the better of the refined and the tracker's own mean prediction");
}

Tensor RefinerLayer::forward(const Tensor& x, const Tensor& frames) const {
  const int64_t length = x.size(0), batch = x.size(1), queries = x.size(2), channels = x.size(3);
  // Objects are batch entries along time, [B Q, T, C], and frames are for what follows, [T B, Q,
  // C].
  Tensor y = x.permute({1, 2, 0, 3}).flatten(0, 1);
  y = attended(*time, *time_norm, y, y);
  const Tensor times = y.transpose(1, 2);
  const Tensor convolved = along_time(at::relu(along_time(times, conv1, bias1)), conv2, bias2);
  y = conv_norm->forward(convolved.transpose(1, 2), y);
  y = y.view({batch, queries, length, channels}).permute({2, 0, 1, 3}).flatten(0, 1);
  y = attended(*objects, *objects_norm, y, y);
  y = attended(*cross, *cross_norm, y, frames.flatten(0, 1));
  y = feedforward_norm->forward(linear2->forward(linear1->forward(y)), y);
  return y.view({length, batch, queries, channels});
}

RefinerNetwork::RefinerNetwork(const RefinerParameters& p, const Given& given)
    : heads(*this, given.find("queries")->channels, given.classes,
            given.find("mask_features")->channels) {
  constexpr int64_t kFirstKernel = 5, kSecondKernel = 3;
  const int64_t channels = given.find("queries")->channels;
  for (int64_t i = 0; i < p.layers; ++i) {
    auto attention = [&](const char* name, const char* part, std::shared_ptr<AddNorm>& norm) {
      const std::string path = cat("transformer_", name, "_layers.", i, ".");
      norm = make_child<AddNorm>(*this, path + "norm", channels);
      return make_child<Attention>(*this, path + part, channels, p.heads);
    };
    auto convolution = [&](int place, int64_t kernel) {
      auto module = std::make_shared<torch::nn::Module>();
      add_child(*this, cat("conv_short_aggregate_layers.", i, ".", place), module);
      return std::pair(make_parameter(*module, "weight", {channels, channels, kernel}),
                       make_parameter(*module, "bias", {channels}));
    };
    RefinerLayer layer;
    layer.time = attention("time_self_attention", "self_attn", layer.time_norm);
    std::tie(layer.conv1, layer.bias1) = convolution(0, kFirstKernel);
    std::tie(layer.conv2, layer.bias2) = convolution(2, kSecondKernel);
    layer.conv_norm = make_child<AddNorm>(*this, cat("conv_norms.", i), channels);
    layer.objects = attention("obj_self_attention", "self_attn", layer.objects_norm);
    layer.cross = attention("cross_attention", "multihead_attn", layer.cross_norm);
    const std::string feedforward = cat("transformer_ffn_layers.", i, ".");
    layer.linear1 = make_child<Linear>(*this, feedforward + "linear1", channels, p.feedforward,
                                       true, Activation::relu);
    layer.linear2 = make_child<Linear>(*this, feedforward + "linear2", p.feedforward, channels);
    layer.feedforward_norm = make_child<AddNorm>(*this, feedforward + "norm", channels);
    layers_.push_back(std::move(layer));
  }
  activation_ = make_child<Linear>(*this, "activation_proj", channels, 1);
}

std::vector<Tensor> RefinerNetwork::forward(Tensor tracks, const Tensor& frames) const {
  std::vector<Tensor> outputs;
  for (const RefinerLayer& layer : layers_) {
    tracks = layer.forward(tracks, frames);
    outputs.push_back(tracks);
  }
  return outputs;
}

Tensor RefinerNetwork::classes(const Tensor& embeddings) const {
  const Tensor weights = at::softmax(activation_->forward(embeddings), 0);
  return heads.classes((embeddings * weights).sum(0));
}

TemporalRefiner::Contract TemporalRefiner::contract(const Parameters& p, const Given&) {
  Contract contract;
  contract.needs = {"referring", "map:queries", "map:mask_features"};
  contract.max_window = p.tracker.contract().max_window;
  contract.defers = true;
  contract.trains = true;
  contract.state = "all windows, and what its tracker carries";
  return contract;
}

TemporalRefiner::TemporalRefiner(const Parameters& p, const Given& given)
    : parameters_(p), network_(std::make_shared<RefinerNetwork>(p, given)) {}

void TemporalRefiner::prepare(const Inference& inference) { prepare_ops(*network_, inference); }

std::unique_ptr<State> TemporalRefiner::make_state(int64_t batch) const {
  auto video = std::make_unique<Video>();
  video->tracker = parameters_.tracker->make_state(batch);
  return video;
}

Tracked TemporalRefiner::track(ClipPrediction prediction, const Window& window, State& state,
                               Context& context) {
  auto& video = dynamic_cast<Video&>(state);
  c10::NoGradGuard no_gradient;
  video.windows.push_back(
      parameters_.tracker->track(std::move(prediction), window, *video.tracker, context));
  return {window.first, {}, {}, {}};
}

std::vector<Tracked> TemporalRefiner::finish(State& state, Context& context) {
  auto& video = dynamic_cast<Video&>(state);
  std::vector<Tensor> tracks, frames, scores;
  for (const Tracked& window : video.windows) {
    tracks.push_back(window.prediction.embeddings);
    frames.push_back(window.prediction.more.at("segmenter.embeddings"));
    scores.push_back(window.prediction.class_scores);
  }
  Tensor alone;
  {
    c10::NoGradGuard no_gradient;
    const Tensor all = at::stack(frames);  // [T, B, Q, C]
    alone = referring(parameters_).alone(all.flatten(0, 1)).view(all.sizes());
  }
  const std::vector<Tensor> outputs = network_->forward(at::stack(tracks), alone);
  const size_t first = context.training ? 0 : outputs.size() - 1;
  std::vector<std::vector<ClipPrediction>> layers(video.windows.size());
  for (size_t i = first; i < outputs.size(); ++i) {
    const Tensor embeddings = network_->heads.embeddings(outputs[i]);
    const Tensor masks = network_->heads.masks(embeddings);
    const Tensor classes = network_->classes(embeddings);
    for (size_t t = 0; t < layers.size(); ++t) {
      const auto time = static_cast<int64_t>(t);
      ClipPrediction one;
      one.class_scores = classes;
      one.embeddings = embeddings[time];
      one.queries = outputs[i][time];
      one.masks = video.windows[t].prediction.masks->with(masks[time]);
      layers[t].push_back(std::move(one));
    }
  }
  for (size_t t = 0; t < layers.size(); ++t) {
    ClipPrediction& prediction = video.windows[t].prediction;
    prediction = std::move(layers[t].back());
    layers[t].pop_back();
    prediction.aux = std::move(layers[t]);
    if (context.training || !parameters_.online_scores) continue;
    const Tensor online = class_probabilities(at::stack(scores).mean(0), ScoreForm::softmax);
    prediction.class_scores =
        at::maximum(class_probabilities(prediction.class_scores, ScoreForm::softmax), online);
    prediction.form = ScoreForm::probability;
  }
  return std::move(video.windows);
}

}  // namespace dvis
