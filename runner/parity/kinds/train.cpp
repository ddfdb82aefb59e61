#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/scalar_tensor.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/config.h>
#include <clipwork/host/learner.h>
#include <clipwork/host/optimizer.h>

#include <algorithm>

#include "../kinds.h"
#include "../losses.h"
#include "../method.h"
#include "../model_config.h"
#include "../recipe.h"

namespace clipwork::parity {

namespace {

/// A name as a regular expression that finds it alone.
std::string alone(const std::string& name) {
  constexpr std::string_view kSpecial = R"(.\+*?^$()[]{}|)";
  std::string pattern = "^";
  for (const char c : name) {
    if (kSpecial.find(c) != kSpecial.npos) pattern += '\\';
    pattern += c;
  }
  return pattern + "$";
}

void set_factors(Value& tree, const std::string& place, const Json& factors) {
  Value::Table entries;
  for (const auto& factor : factors.GetObject()) {
    entries.push_back({factor.name.GetString(), Value(factor.value.GetDouble()), {}});
  }
  tree.set(place, Value(std::move(entries)));
}

void set_optimizer(Value& tree, const Json& optimizer) {
  if (text(optimizer, "type") != "AdamW") {
    throw InputError(cat("optimizer '", text(optimizer, "type"), "' is not supported"),
                     "case.json");
  }
  tree.set("train.rate", number(optimizer, "lr"));
  tree.set("train.weight_decay", number(optimizer, "weight_decay"));
  tree.set("train.beta1", member(optimizer, "betas")[0].GetDouble());
  tree.set("train.beta2", member(optimizer, "betas")[1].GetDouble());
  tree.set("train.epsilon", number(optimizer, "eps"));
  set_factors(tree, "train.rate_factors", member(optimizer, "lr_factors"));
  set_factors(tree, "train.decay_factors", member(optimizer, "decay_factors"));
  // The case lists what is not decayed, name by name.
  Value::Array undecayed;
  for (const Json& name : member(optimizer, "no_decay").GetArray()) {
    undecayed.emplace_back(alone(name.GetString()));
  }
  tree.set("train.no_decay", std::move(undecayed));
  tree.set("train.decay_norms", true);
  tree.set("train.decay_tables", true);
  const Json& clip = member(optimizer, "clip");
  if (!clip.IsNull() && number(clip, "norm") != 2) {
    throw InputError(
        cat("gradients can only be clipped by their 2-norm, not by norm ", number(clip, "norm")),
        "case.json");
  }
  tree.set("train.clip_norm", clip.IsNull() ? 0.0 : number(clip, "value"));
}

/// The stages that `freeze_at` takes gradients from: 1 the stem, 2 res2 as well, ...
Value::Array frozen_stages(const Json& backbone) {
  Value::Array patterns;
  if (!backbone.HasMember("freeze_at")) return patterns;
  int64_t stages = integer(backbone, "freeze_at");
  if (stages > 0) patterns.emplace_back("^backbone\\.stem\\.");
  for (int64_t stage = 2; stage <= stages; ++stage) {
    patterns.emplace_back(cat("^backbone\\.res", stage, "\\."));
  }
  return patterns;
}

Config config_of(const Case& golden, const Recipe& recipe, const Options& options) {
  // A training case ranks nothing and gives no masks out.
  rapidjson::Document config;
  config.CopyFrom(golden.config(), config.GetAllocator());
  if (!config.HasMember("topk")) config.AddMember("topk", 10, config.GetAllocator());
  const Json& training = member(config, "training");
  Value tree = Value::table();
  // Sums are split among threads, and three steps of small norms make much of how they round.
  tree.set("run.threads", 1);
  tree.set("run.plain", !options.packed);
  tree.set("run.device", options.device);
  set_preprocess(tree, config, member(config, "resize"));
  tree.set("classes.names", class_names(integer(config, "num_classes")));
  method_of(config).configure(tree, config, options);
  recipe.configure(tree, training);
  if (!member(training, "optimizer").IsNull()) set_optimizer(tree, member(training, "optimizer"));
  if (std::string trained = text(training, "trained"); !trained.empty()) {
    tree.set("train.only", Value::Array{Value(trained)});
  }
  Value::Array frozen = frozen_stages(member(config, "backbone"));
  if (const Json& names = member(training, "frozen"); !names.IsNull()) {
    frozen.emplace_back(names.GetString());
  }
  tree.set("train.freeze", std::move(frozen));
  return Config(tree, {});
}

/// Every parameter and buffer of a pipeline by its full name.
NamedTensors values_of(const Pipeline& pipeline) {
  NamedTensors values;
  for (const PipelineComponent& part : pipeline.components()) {
    for (const NamedParameter& entry : named_parameters(*part.component)) {
      values[entry.name] = entry.value.detach().to(at::kCPU).clone();
    }
  }
  return values;
}

at::Tensor norm_of(const at::Tensor& value) { return at::linalg_vector_norm(value); }

void add_gradients(NamedTensors& stages, const Learner& learner) {
  for (const NamedParameter& parameter : learner.parameters()) {
    const at::Tensor& gradient = parameter.value.grad();
    if (!gradient.defined()) continue;
    stages["grad." + parameter.name] = gradient.to(at::kCPU).clone();
    stages["norm.grad." + parameter.name] = norm_of(gradient).to(at::kCPU);
  }
}

void add_changes(NamedTensors& stages, const NamedTensors& before, const NamedTensors& after) {
  for (const auto& [name, value] : after) {
    stages["param." + name] = value;
    if (!value.is_floating_point()) continue;
    at::Tensor delta = value - before.at(name);
    stages["delta." + name] = delta;
    stages["norm.delta." + name] = norm_of(delta);
  }
}

NamedTensors run_train(const Case& golden, const Options& options) {
  const Json& training = member(golden.config(), "training");
  const Recipe& recipe = recipe_of(golden.config());
  const Plan plan = plan_pipeline(config_of(golden, recipe, options));
  const Pipeline pipeline = Pipeline::for_training(plan, golden.weights());
  Learner learner(pipeline);

  std::vector<Component*> components;
  for (const PipelineComponent& part : pipeline.components()) {
    components.push_back(part.component.get());
  }
  const OptimizerSection& section = pipeline.training().optimizer;
  AdamW optimizer(group_parameters(components, section), section);
  bool updates = !member(training, "optimizer").IsNull();

  std::vector<Sample> samples;
  for (int64_t b = 0; b < integer(training, "batch"); ++b) {
    samples.push_back(recipe.sample(golden, b));
  }
  Batch batch = make_batch(samples, pipeline.preprocess(), integer(golden.config(), "num_classes"));
  move_to(batch, optimizer.parameters().front().value.device());

  NamedTensors stages, before = values_of(pipeline);
  Draws draws(golden);
  Generators random(0);
  OneOfMany world(recipe.processes(training));
  for (int64_t step = 1; step <= integer(training, "steps"); ++step) {
    draws.clear_matches();
    draws.set_names(
        [&](const std::string& purpose) { return cat("step.", step, ".", recipe.draw(purpose)); });
    optimizer.clear_gradients();
    LossResult result = learner(batch, random, world, &draws);
    at::Tensor total = result.total();
    total.backward();
    std::string front = cat("loss.step", step, ".");
    for (const LossValue& term : result.terms) {
      stages[front + recipe.term(term.name)] = (term.value * term.weight).detach().to(at::kCPU);
    }
    stages[front + "total"] = total.detach().to(at::kCPU);
    if (step == 1) {
      draws.add_pairs(stages, "match.", [](const std::string&) { return true; });
      recipe.add_heard(stages, draws);
      add_gradients(stages, learner);
    }
    double norm = gradient_norm(optimizer.parameters());
    stages[cat("grad_norm.step", step)] = at::scalar_tensor(norm);
    if (!updates) continue;
    if (section.clip_norm > 0) clip_gradients(optimizer.parameters(), norm, section.clip_norm);
    optimizer.step();
  }
  add_changes(stages, before, values_of(pipeline));
  return stages;
}

const Kind kTrain("train", run_train);

}  // namespace

}  // namespace clipwork::parity
