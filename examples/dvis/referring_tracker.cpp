#include "referring_tracker.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/assignment.h>

using namespace clipwork;

namespace dvis {

namespace {

struct Carried : State {
  Tensor embeddings;  ///< [B, Q, C]: of the last frame, in the order of the tracks
  Tensor outputs;     ///< [B, Q, C]: of the last layer; undefined before the first frame
};

/// For each row of `before` [Q, C] the row of `now` whose cosine to it is the greatest in the
/// assignment of all; `published`: the inverse of that permutation.
Tensor matched_order(const Tensor& before, const Tensor& now, ReferringParameters::Order order) {
  constexpr double kSmall = 1e-6;
  auto unit = [](const Tensor& rows) {
    return rows / (at::linalg_vector_norm(rows, 2, 1, true) + kSmall);
  };
  const Tensor cost = 1 - at::mm(unit(now), unit(before).t());
  const bool inverse = order == ReferringParameters::Order::published;
  const Assignment pairs = assign_least_cost(inverse ? cost : cost.t());
  return at::tensor(pairs.columns, at::kLong).to(now.device());
}

/// `embeddings` [B, Q, C] with the rows of each entry in their matched order.
Tensor in_matched_order(const Tensor& before, const Tensor& embeddings,
                        ReferringParameters::Order order) {
  std::vector<Tensor> entries;
  for (int64_t b = 0; b < embeddings.size(0); ++b) {
    entries.push_back(
        embeddings[b].index_select(0, matched_order(before[b], embeddings[b], order)));
  }
  return at::stack(entries);
}

}  // namespace

void ReferringParameters::describe(Describer& d) {
  d("heads", heads, "number of attention heads").range(1, 64);
  d("layers", layers, "number of layers").range(1, 64);
  d("feedforward", feedforward, "hidden width of the feed-forward network").range(1, 65536);
  d("order", order, {{"published", Order::published}, {"matched", Order::matched}},
    "order of a frame's embeddings at the first layer: that of the tracks by an assignment of "
    "embeddings, or the inverse of this permutation, as in the public code");
}

ReferringNetwork::ReferringNetwork(const ReferringParameters& p, const Given& given)
    : layers(*this, {p.layers, given.find("queries")->channels, p.heads, p.feedforward, false}),
      heads(*this, given.find("queries")->channels, given.classes,
            given.find("mask_features")->channels) {}

std::vector<Tensor> ReferringNetwork::forward(const Tensor& identity, const Tensor& references,
                                              const Tensor& embeddings) const {
  const Tensor no_positions = at::zeros({}, embeddings.options());
  std::vector<Tensor> outputs;
  for (int64_t i = 0; i < layers.count(); ++i) {
    const Tensor& before = outputs.empty() ? identity : outputs.back();
    const Tensor crossed =
        layers.cross(i, references.defined() ? references : before, no_positions,
                     layers.project_key(i, embeddings), layers.project_value(i, embeddings), {},
                     /*residual=*/before);
    outputs.push_back(layers.rest(i, crossed, no_positions));
  }
  return outputs;
}

ReferringTracker::Contract ReferringTracker::contract(const Parameters&, const Given&) {
  Contract contract;
  contract.needs = {"embeddings", "masks",       "scores.softmax",
                    "rows.fixed", "map:queries", "map:mask_features"};
  contract.gives = {"referring"};
  contract.max_window = 1;
  contract.trains = true;
  contract.state = "the embeddings and the queries of the last frame";
  return contract;
}

ReferringTracker::ReferringTracker(const Parameters& p, const Given& given)
    : parameters_(p), network_(std::make_shared<ReferringNetwork>(p, given)) {}

void ReferringTracker::prepare(const Inference& inference) { prepare_ops(*network_, inference); }

std::unique_ptr<State> ReferringTracker::make_state(int64_t) const {
  return std::make_unique<Carried>();
}

Tracked ReferringTracker::track(ClipPrediction prediction, const Window& window, State& state,
                                Context& context) {
  auto& carried = dynamic_cast<Carried&>(state);
  const bool first = !carried.outputs.defined();
  const Tensor embeddings = prediction.embeddings.detach();
  carried.embeddings =
      first ? embeddings : in_matched_order(carried.embeddings, embeddings, parameters_.order);
  const std::vector<Tensor> outputs =
      network_->forward(carried.embeddings, carried.outputs, embeddings);
  carried.outputs = outputs.back();

  auto predict = [&](const Tensor& queries) {
    ClipPrediction one;
    one.queries = queries;
    one.embeddings = network_->heads.embeddings(queries);
    one.class_scores = network_->heads.classes(one.embeddings);
    one.masks = prediction.masks->with(network_->heads.masks(one.embeddings));
    return one;
  };
  Tracked tracked{window.first, predict(outputs.back()), {}, {}};
  for (size_t i = 0; context.training && i + 1 < outputs.size(); ++i) {
    tracked.prediction.aux.push_back(predict(outputs[i]));
  }
  tracked.prediction.more.set("segmenter.embeddings", embeddings);
  for (int row = 0; row < tracked.prediction.rows(); ++row) {
    tracked.links.push_back({row, row, first});
  }
  return tracked;
}

Tensor ReferringTracker::alone(const Tensor& embeddings) const {
  return network_->heads.embeddings(network_->forward(embeddings, {}, embeddings).back());
}

}  // namespace dvis
