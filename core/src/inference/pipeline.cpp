#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/config.h>
#include <clipwork/host/device.h>
#include <clipwork/host/initial_weights.h>
#include <clipwork/host/log.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/threads.h>
#include <clipwork/host/trained_classes.h>
#include <clipwork/module.h>

#include <algorithm>

#include "inference/pipeline_implementation.h"

namespace clipwork {

namespace {

/// The weights that were asked for, or those of the config; a fault where there are neither.
std::optional<WeightOrigin> chosen(const Plan& plan, const std::optional<WeightOrigin>& asked,
                                   const char* advice, Faults& faults) {
  if (asked) return asked;
  if (!plan.weights.file.empty()) return weight_origin(plan.weights.file);
  const Value& root = plan.config.tree();
  const Value* section = root.find("weights");
  faults.add(section ? section->origin() : root.origin(), "the config names no weights", advice);
  return {};
}

std::shared_ptr<Component> build_component(ComponentBuilder& builder,
                                           const PlannedComponent& planned) {
  try {
    return builder(planned);
  } catch (Error& error) {
    // Errors of other types than Error name the component already.
    const bool is_named = error.where().starts_with(planned.called());
    error.within(is_named ? planned.origin.text()
                          : cat(planned.origin.text(), ": ", planned.called()));
    throw;
  }
}

/// A class head of as many classes is loaded, whatever they are called.
void warn_of_other_classes(const Checkpoint& checkpoint, const ClassesSection& classes) {
  const std::vector<std::string> trained = trained_classes(checkpoint);
  if (trained.empty() || classes.renamed) return;
  const auto difference = class_difference(trained, classes.names);
  if (!difference || difference->other_count) return;
  log_warn(checkpoint.file.string(), ": ", difference->text,
           ": training starts from other classes");
}

/// The built component at the place of `planned`; null where nothing is planned.
template <class Kind>
Kind* part(const std::vector<PipelineComponent>& components, const PlannedComponent* planned) {
  if (!planned) return nullptr;
  const auto found = std::find_if(
      components.begin(), components.end(),
      [&](const PipelineComponent& component) { return component.place == planned->place; });
  return &dynamic_cast<Kind&>(*found->component);
}

}  // namespace

WeightOrigin weight_origin(const std::string& name) {
  if (name == "rule") return WeightRule();
  if (name == "initial") return InitialWeights();
  return std::filesystem::path(name);
}

Pipeline::Implementation::Implementation(const Plan& planned) {
  plan = planned;
  device = parse_device(plan.run.device);
}

void Pipeline::Implementation::open_device() {
  clipwork::open_device(device);
  if (device.is_cuda()) allow_tf32(!plan.run.plain);
}

ComponentBuilder Pipeline::Implementation::build() {
  threads = plan.run.threads > 0 ? static_cast<int>(plan.run.threads) : automatic_threads();
  ComponentBuilder builder;
  for (const auto& planned : plan.components) {
    std::shared_ptr<Component> built = build_component(builder, *planned);
    components.push_back({planned->place, planned->info->kind, planned->info->name,
                          planned->info->plugin, planned->contract, std::move(built)});
  }
  // Only now: a component may make its module anew when its owner is built (`Detector::request`).
  for (Component* component : with_weights()) component->weights()->eval();
  backbone = part<Backbone>(components, plan.backbone);
  pixel_decoder = part<PixelDecoder>(components, plan.pixel_decoder);
  decoder = part<Decoder>(components, plan.decoder);
  tracker = part<Tracker>(components, plan.tracker);
  return builder;
}

void Pipeline::Implementation::build_loss(ComponentBuilder& builder) {
  for (const auto& planned : plan.of_loss) {
    std::shared_ptr<Component> built = build_component(builder, *planned);
    // Buffers alone are constants of the loss, which `loss_weights` exports.
    if (!built->weights() || built->weights()->parameters().empty()) continue;
    components.push_back({planned->place, planned->info->kind, planned->info->name,
                          planned->info->plugin, planned->contract, std::move(built)});
  }
  loss = std::dynamic_pointer_cast<Loss>(build_component(builder, *plan.loss));
}

std::vector<Component*> Pipeline::Implementation::with_weights() const {
  std::vector<Component*> found;
  for (const PipelineComponent& one : components) {
    if (one.component->weights()) found.push_back(one.component.get());
  }
  return found;
}

void Pipeline::Implementation::load(const WeightOrigin& weights, Purpose purpose) {
  const auto* file = std::get_if<std::filesystem::path>(&weights);
  by_rule = !file;
  if (file) {
    const std::string place =
        (std::filesystem::is_directory(*file) ? weights_in(*file, plan.train.best) : *file)
            .string();
    const Checkpoint checkpoint = read_checkpoint(place);
    load_report = load_checkpoint(checkpoint, with_weights(), {plan.weights.allow_missing});
    for (const std::string& note : {checkpoint.choice, load_report.names}) {
      if (!note.empty()) log_info(place, ": ", note);
    }
    if (purpose == Purpose::inference) {
      check_trained_classes(checkpoint, plan.classes);
    } else {
      warn_of_other_classes(checkpoint, plan.classes);
    }
    weights_identity = checkpoint.sha256();
    if (!checkpoint.key.empty()) weights_identity += "#" + checkpoint.key;
    weights_origin = cat(place, " (SHA-256 ", weights_identity, ")");
    return;
  }
  if (const auto* rule = std::get_if<WeightRule>(&weights)) {
    fill_by_rule(with_weights(), *rule);
    weights_identity = cat("rule (seed ", rule->seed, ")");
  } else {
    const auto seed = static_cast<uint64_t>(plan.run.seed);
    fill_initial(with_weights(), seed);
    weights_identity = cat("initial (seed ", seed, ")");
  }
  weights_origin = weights_identity;
}

void Pipeline::Implementation::move_to_device() {
  for (Component* component : with_weights()) component->weights()->to(device);
}

Pipeline::Pipeline(const Plan& plan, const std::optional<WeightOrigin>& weights) {
  Faults faults = plan.faults;
  const std::optional<WeightOrigin> origin =
      chosen(plan, weights,
             "use --weights FILE, or --weights rule for generated weights (the results are then "
             "meaningless)",
             faults);
  faults.raise();
  implementation_ = std::make_unique<Implementation>(plan);
  Implementation& self = *implementation_;
  self.open_device();
  self.build();
  self.load(*origin, Implementation::Purpose::inference);
  self.move_to_device();
  const Inference inference{plan.run.plain, plan.run.winograd};
  for (const PipelineComponent& one : self.components) one.component->prepare(inference);
}

Pipeline::Pipeline(const Config& config, const std::optional<WeightOrigin>& weights)
    : Pipeline(plan_pipeline(config), weights) {}

Pipeline Pipeline::for_training(const Plan& plan, const std::optional<WeightOrigin>& weights) {
  Faults faults = plan.faults_for_training();
  const std::optional<WeightOrigin> origin = chosen(
      plan, weights, "use --weights FILE, or --weights initial to train from scratch", faults);
  if (!plan.config.find("loss")) {
    faults.add(plan.config.tree().origin(), "[loss] is missing",
               "add a loss, or extend a config that trains this method");
  }
  faults.raise();
  auto implementation = std::make_unique<Implementation>(plan);
  Implementation& self = *implementation;
  self.open_device();
  ComponentBuilder builder = self.build();
  self.build_loss(builder);
  // Parameters that the checkpoint may leave out start with initial weights.
  self.load(InitialWeights(), Implementation::Purpose::training);
  if (!std::holds_alternative<InitialWeights>(*origin)) {
    self.load(*origin, Implementation::Purpose::training);
  }
  self.move_to_device();
  return Pipeline(std::move(implementation));
}

Pipeline Pipeline::for_inspection(const Plan& plan) {
  plan.faults.raise();
  auto implementation = std::make_unique<Implementation>(plan);
  implementation->build();
  return Pipeline(std::move(implementation));
}

Pipeline::Pipeline(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}

std::vector<CheckpointEntry> loss_weights(const Plan& plan) {
  plan.faults.raise();
  ComponentBuilder builder;
  std::vector<CheckpointEntry> entries;
  for (const auto& planned : plan.of_loss) {
    const std::shared_ptr<Component> built = build_component(builder, *planned);
    // Terms name nothing themselves: their loss does.
    if (planned->info->kind != Loss::kKind) continue;
    for (const NamedParameter& one : named_parameters(*built)) {
      entries.push_back({one.name, one.value.detach()});
    }
  }
  return entries;
}

Pipeline::~Pipeline() = default;
Pipeline::Pipeline(Pipeline&&) noexcept = default;

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
