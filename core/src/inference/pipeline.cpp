#include <clipwork/host/config.h>
#include <clipwork/host/device.h>
#include <clipwork/host/initial_weights.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/module.h>

#include <ATen/Parallel.h>

#include <algorithm>

#include "inference/pipeline_implementation.h"

namespace clipwork {

namespace {

template <class Kind>
Kind* part(const PlannedComponent* planned) {
  return planned ? &dynamic_cast<Kind&>(*planned->built) : nullptr;
}

}  // namespace

void check_pipeline(const Config& config, Faults& faults) { plan_pipeline(config, faults); }

Config with_defaults(const Config& config) {
  Faults faults;
  Plan plan = plan_pipeline(config, faults);
  if (!faults.empty()) return config;
  Value tree = config.tree();
  auto complete = [&](const std::string& place, const std::vector<ParameterInfo>& parameters) {
    for (const ParameterInfo& parameter : parameters) {
      std::string path = cat(place, ".", parameter.name);
      if (parameter.default_value.is_none() || tree.find(path)) continue;
      Value value = parameter.default_value;
      value.set_origin({"default"});
      tree.set(path, value);
    }
  };
  auto section = [&](const std::string& name, auto parameters) {
    Describer describer;
    parameters.describe(describer);
    complete(name, describer.parameters());
  };
  for (const auto* components : {&plan.components, &plan.data, &plan.of_loss}) {
    for (const auto& component : *components) {
      Describer describer;
      component->info->describe(describer);
      complete(component->place, describer.parameters());
    }
  }
  section("window", WindowSection());
  section("preprocess", Preprocess());
  section("tracks", TracksSection());
  section("memory", MemorySection());
  section("classes", ClassesSection());
  section("weights", WeightsSection());
  section("run", RunSection());
  section("output", OutputSection());
  // A config that is only run has no training sections.
  if (tree.find("train") || tree.find("loss")) section("train", TrainSection());
  return Config(tree, config.files());
}

Pipeline::Pipeline(const Config& config, const PipelineOptions& options) {
  Faults faults;
  implementation_ = std::make_unique<Implementation>();
  Implementation& self = *implementation_;
  self.plan = plan_pipeline(config, faults);
  std::string weights = options.weights.empty() ? self.plan.weights.file : options.weights;
  if (weights.empty() && !options.build_only) {
    const Value* section = config.tree().find("weights");
    faults.add(section ? section->origin() : config.tree().origin(), "the config names no weights",
               options.training ? "use --weights FILE, or --weights initial to train from scratch"
                                : "use --weights FILE, or --weights rule for generated weights "
                                  "(the results are then meaningless)");
  }
  if (options.training && !self.plan.loss) {
    faults.add(config.tree().origin(), "[loss] is missing",
               "add a loss, or extend a config that trains this method");
  }
  faults.raise();
  self.device = parse_device(self.plan.run.device);
  // Before anything is built: LibTorch keeps its first answer about CUDA for ever.
  if (!options.build_only) open_device(self.device);
  if (!options.build_only && self.device.is_cuda()) allow_tf32(!self.plan.run.plain);

  self.threads =
      self.plan.run.threads > 0 ? static_cast<int>(self.plan.run.threads) : at::get_num_threads();
  build_components(self.plan.components);
  self.backbone = part<Backbone>(self.plan.backbone);
  self.pixel_decoder = part<PixelDecoder>(self.plan.pixel_decoder);
  self.decoder = part<Decoder>(self.plan.decoder);
  self.tracker = part<Tracker>(self.plan.tracker);
  std::vector<Component*> with_weights;
  for (const auto& planned : self.plan.components) {
    self.components.push_back({planned->place, planned->info->kind, planned->info->name,
                               planned->info->plugin, planned->contract, planned->built});
    if (torch::nn::Module* module = planned->built->weights()) {
      module->eval();
      with_weights.push_back(planned->built.get());
    }
  }
  if (options.build_only) return;

  const auto seed = static_cast<uint64_t>(self.plan.run.seed);
  // Parameters that the checkpoint may leave out start with initial weights.
  if (weights == "initial" || options.training) fill_initial(with_weights, seed);
  if (weights == "initial") {
    self.by_rule = true;
    self.weights_origin = self.weights_identity = cat("initial (seed ", seed, ")");
  } else if (weights == "rule") {
    fill_by_rule(with_weights, options.rule);
    self.by_rule = true;
    self.weights_origin = self.weights_identity = cat("rule (seed ", options.rule.seed, ")");
  } else {
    Checkpoint checkpoint = read_checkpoint(weights);
    self.load_report = load_checkpoint(checkpoint, with_weights, {self.plan.weights.allow_missing});
    self.weights_identity = checkpoint.sha256();
    self.weights_origin = cat(weights, " (SHA-256 ", self.weights_identity, ")");
  }
  for (const auto& planned : self.plan.components) {
    if (torch::nn::Module* module = planned->built->weights()) module->to(self.device);
  }
  if (options.training) {
    build_components(self.plan.of_loss);
    self.loss = part<Loss>(self.plan.loss);
    return;
  }
  const Inference inference{self.plan.run.plain, self.plan.run.winograd};
  for (const auto& planned : self.plan.components) planned->built->prepare(inference);
}

std::vector<CheckpointEntry> loss_weights(const Config& config) {
  Faults faults;
  Plan plan = plan_pipeline(config, faults);
  faults.raise();
  build_components(plan.of_loss);
  std::vector<CheckpointEntry> entries;
  for (const auto& planned : plan.of_loss) {
    // Terms name nothing themselves: their loss does.
    if (planned->info->kind != Loss::kKind) continue;
    for (const NamedParameter& one : named_parameters(*planned->built)) {
      entries.push_back({one.name, one.value.detach()});
    }
  }
  return entries;
}

Pipeline::~Pipeline() = default;

const std::vector<PipelineComponent>& Pipeline::components() const {
  return implementation_->components;
}
const WindowSection& Pipeline::window() const { return implementation_->plan.window; }
const TracksSection& Pipeline::tracks() const { return implementation_->plan.tracks; }
const ClassesSection& Pipeline::classes() const { return implementation_->plan.classes; }
const RunSection& Pipeline::run() const { return implementation_->plan.run; }
const OutputSection& Pipeline::output() const { return implementation_->plan.output; }
const Preprocess& Pipeline::preprocess() const { return implementation_->plan.preprocess; }
const TrainSection& Pipeline::training() const { return implementation_->plan.train; }
const std::string& Pipeline::weights_origin() const { return implementation_->weights_origin; }
const std::string& Pipeline::weights_identity() const { return implementation_->weights_identity; }
bool Pipeline::weights_by_rule() const { return implementation_->by_rule; }
const LoadReport& Pipeline::load_report() const { return implementation_->load_report; }
bool Pipeline::still_pictures() const { return implementation_->plan.still_pictures; }

}  // namespace clipwork
