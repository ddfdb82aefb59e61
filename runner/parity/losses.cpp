#include "losses.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros_like.h>
#include <clipwork/error.h>

#include "model_config.h"

namespace clipwork::parity {

Draws::Draws(const Case& golden) : golden_(golden) {
  if (!golden.json.HasMember("draws") || golden.json["draws"].IsNull()) return;
  const Json& order = member(golden.json["draws"], "order");
  for (rapidjson::SizeType i = 0; i < order.Size(); ++i) places_[order[i].GetString()] = i;
}

bool Draws::wants(const std::string& name) {
  return name.starts_with("draw.") || name.starts_with("match.");
}

at::Tensor Draws::at(const std::string& purpose) const {
  auto place = places_.find(purpose);
  if (place == places_.end()) {
    throw InputError(cat("the case has no draw '", purpose, "'"), golden_.folder.string());
  }
  return golden_.input(cat("draw.", place->second));
}

Tensor Draws::hear(const std::string& name, Tensor value) {
  if (name.starts_with("match.")) {
    matches_.emplace_back(name.substr(6), value.clone());
    return value;
  }
  std::string purpose = name.substr(5);
  if (names_) purpose = names_(purpose);
  at::Tensor draw = at(purpose);
  if (draw.sizes() != value.sizes()) {
    throw Error(
        cat("draw '", purpose, "' is ", draw.sizes(), " in the case, expected ", value.sizes()));
  }
  return draw;
}

void Draws::add_pairs(NamedTensors& stages, const std::string& front,
                      const std::function<bool(const std::string&)>& wanted) const {
  int64_t n = 0;
  for (const auto& [name, value] : matches_) {
    if (!name.ends_with(".pairs") || !wanted(name)) continue;
    stages[cat(front, n, ".rows")] = value[0];
    stages[cat(front, n, ".cols")] = value[1];
    ++n;
  }
}

at::Tensor Leaves::operator()(const std::string& name) {
  at::Tensor& leaf = leaves_[name];
  if (!leaf.defined()) leaf = golden_.input(name).clone().set_requires_grad(true);
  return leaf;
}

void Leaves::add_gradients(NamedTensors& stages, const std::string& front) const {
  for (const auto& [name, leaf] : leaves_) {
    stages[front + name] = leaf.grad().defined() ? leaf.grad().clone() : at::zeros_like(leaf);
  }
}

void Leaves::clear_gradients() {
  for (auto& [name, leaf] : leaves_) leaf.mutable_grad() = at::Tensor();
}

Targets read_targets(const Case& golden, const std::string& front, Size padded) {
  Targets targets;
  targets.name = front;
  targets.labels = golden.input(front + "labels");
  targets.masks = golden.input(front + "masks");
  if (targets.masks.dim() == 3) {
    targets.masks = targets.masks.unsqueeze(1);
    targets.ids = at::arange(targets.count(), at::kLong).unsqueeze(1);
  } else {
    targets.ids = golden.input(front + "ids");
  }
  return padded_targets(std::move(targets), padded);
}

Value loss_table(const Json& config, const std::string& rule, const std::string& over) {
  Value table = Value::table();
  table.set("type", rule);
  const Json& costs = member(config, "cost_weights");
  table.set("class_cost", number(costs, "ce"));
  table.set("mask_cost", number(costs, "mask"));
  table.set("dice_cost", number(costs, "dice"));
  table.set("points", integer(config, "num_points"));
  table.set("oversample", number(config, "oversample_ratio"));
  table.set("importance", number(config, "importance_sample_ratio"));
  const Json& weights = member(config, "loss_weights");
  table.set("terms.ce.type", "class");
  table.set("terms.ce.weight", number(weights, "ce"));
  table.set("terms.ce.no_object", number(config, "no_object_weight"));
  for (const char* term : {"mask", "dice"}) {
    table.set(cat("terms.", term, ".type"), term);
    table.set(cat("terms.", term, ".weight"), number(weights, term));
    table.set(cat("terms.", term, ".over"), over);
  }
  return table;
}

Value dense_loss_table(const Json& config, bool newcomers) {
  Value table = Value::table();
  table.set("type", "condinst");
  table.set("radius", number(config, "center_radius"));
  // Each level begins where the one before ends, the first at once, and the last never ends.
  const Json& ranges = member(config, "regress_ranges");
  Value::Array limits;
  for (rapidjson::SizeType level = 0; level < ranges.Size(); ++level) {
    double from = level == 0 ? -1 : ranges[level - 1][1].GetDouble();
    if (ranges[level][0].GetDouble() != from) {
      throw InputError("regress_ranges are not contiguous", "case.json");
    }
    if (level + 1 < ranges.Size()) {
      limits.emplace_back(static_cast<int64_t>(ranges[level][1].GetDouble()));
    }
  }
  table.set("ranges", std::move(limits));
  const Json& weights = member(config, "loss_weights");
  table.set("class_weight", number(weights, "cls"));
  table.set("box_weight", number(weights, "bbox"));
  table.set("centerness_weight", number(weights, "centerness"));
  table.set("mask_weight", number(weights, "mask"));
  table.set("terms.id.type", "id");
  table.set("terms.id.weight", number(weights, "id"));
  table.set("terms.id.newcomers", newcomers);
  return table;
}

ClipPrediction dense_prediction(const at::Tensor& logits, const at::Tensor& masks, Size padded) {
  ClipPrediction prediction;
  prediction.class_scores = logits;
  at::Tensor values = masks.dim() == 4 ? masks.unsqueeze(2) : masks;
  std::vector<Geometry> geometry(values.size(2), Geometry{padded, padded, padded});
  prediction.masks = dense_masks(values, std::move(geometry));
  return prediction;
}

void add_terms(NamedTensors& stages, const std::string& front, const LossResult& result) {
  for (const LossValue& term : result.terms) {
    stages[front + term.name] = term.value.detach().clone();
  }
  stages[front + "total"] = result.total().detach().clone();
}

}  // namespace clipwork::parity
