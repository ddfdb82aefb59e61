#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <clipwork/losses/points.h>
#include <clipwork/make_component.h>
#include <clipwork/sample_points.h>

#include <algorithm>
#include <set>

#include "../kinds.h"
#include "../losses.h"

namespace clipwork::parity {

namespace {

/// The sampled maps of a case, by what stands between "sample." and ".map".
std::set<std::string> sampled(const Case& golden) {
  std::set<std::string> names;
  for (const auto& [name, value] : golden.outputs) {
    if (name.starts_with("sample.") && name.ends_with(".values")) {
      names.insert(name.substr(7, name.size() - 14));
    }
  }
  return names;
}

/// A term's value for one clip of rows that are pairs in one frame.
at::Tensor term(const std::string& name, const MaskPoints& points, double objects) {
  Layer layer;
  layer.clips.emplace_back();
  layer.clips[0].points = points;
  layer.clips[0].normaliser = objects;
  Generators random(0);
  Communicator world;
  Context context{true, random, world};
  return (*make_component<LossTerm>(name, Value::table()))(layer, context).at(0);
}

NamedTensors run_loss_points(const Case& golden, const Options&) {
  NamedTensors stages;
  Leaves leaves(golden);
  Draws draws(golden);
  const Json& config = golden.config();
  const Json& rule = member(config, "point_sample");
  if (boolean(rule, "align_corners") || text(rule, "padding") != "zeros" ||
      text(rule, "mode") != "bilinear") {
    throw InputError(
        "only bilinear sampling without aligned corners and with zero padding is supported",
        "case.json");
  }
  for (const std::string& name : sampled(golden)) {
    at::Tensor map = leaves(cat("sample.", name, ".map"));
    at::Tensor points = golden.input(cat("sample.", name, ".coords"));
    std::vector<int64_t> shape = {map.size(0), map.size(1)};
    for (int64_t d = 1; d + 1 < points.dim(); ++d) shape.push_back(points.size(d));
    at::Tensor values = sample_points(map, points.reshape({points.size(0), -1, 2})).view(shape);
    stages[cat("sample.", name, ".values")] = values.detach();
    (values * at::linspace(-1, 1, values.numel()).view(values.sizes())).sum().backward();
  }
  const Json& sets = member(config, "importance");
  const Json& weights = member(config, "loss_weights");
  for (rapidjson::SizeType i = 0; i < sets.Size(); ++i) {
    std::string front = cat("importance.", i, ".");
    PointSettings settings;
    settings.count = integer(sets[i], "num_points");
    settings.oversample = number(sets[i], "oversample_ratio");
    settings.importance = number(sets[i], "importance_sample_ratio");
    at::Tensor logits = leaves(front + "logits");
    at::Tensor labels = golden.input(front + "labels");
    at::Tensor random;
    if (settings.random() > 0) random = draws.at(front + "random");
    at::Tensor points =
        uncertain_points(logits.squeeze(1), settings, draws.at(front + "candidates"), random);
    MaskPoints at_points;
    at_points.logits = sample_points(logits, points);
    at_points.labels = sample_labels(labels.squeeze(1), points).unsqueeze(1);
    at_points.present = at::ones({logits.size(0), 1}, at::kBool);
    stages[front + "coords"] = points;
    stages[front + "point_logits"] = at_points.logits.squeeze(1).detach();
    stages[front + "point_labels"] = at_points.labels.squeeze(1);
    auto objects = static_cast<double>(std::max<int64_t>(logits.size(0), 1));
    at::Tensor total = logits.sum() * 0;
    for (const char* name : {"mask", "dice"}) {
      at::Tensor value = term(name, at_points, objects);
      stages[cat("loss.", front, name)] = value.detach();
      total = total + value * number(weights, name);
    }
    total.backward();
  }
  leaves.add_gradients(stages);
  return stages;
}

const Kind kLossPoints("loss_points", run_loss_points);

}  // namespace

}  // namespace clipwork::parity
