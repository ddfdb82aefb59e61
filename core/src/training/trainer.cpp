#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/digest.h>
#include <clipwork/host/optimizer.h>
#include <clipwork/host/processes.h>
#include <clipwork/host/sample_loader.h>
#include <clipwork/host/schedule.h>
#include <clipwork/host/trainer.h>
#include <clipwork/module.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>

#include "base/random_bits.h"
#include "training/autocast.h"
#include "training/norm_statistics.h"

namespace clipwork {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The same samples in every epoch, without chance.
class FirstSamples final : public Samples {
 public:
  FirstSamples(std::shared_ptr<const Samples> all, int64_t count, uint64_t seed)
      : all_(std::move(all)), count_(std::min(count, all_->size())), seed_(seed) {}
  const std::vector<Category>& categories() const override { return all_->categories(); }
  int64_t size() const override { return count_; }
  Sample sample(int64_t index, Draw) const override {
    return all_->sample(index, Draw(seed_, "overfit", 0, index));
  }

 private:
  std::shared_ptr<const Samples> all_;
  int64_t count_;
  uint64_t seed_;
};

std::vector<Component*> components_of(const Pipeline& pipeline) {
  std::vector<Component*> components;
  for (const PipelineComponent& part : pipeline.components()) {
    if (part.component->weights()) components.push_back(part.component.get());
  }
  return components;
}

/// Parameters and buffers of all components, each once.
std::vector<NamedParameter> all_parameters(const std::vector<Component*>& components) {
  std::vector<NamedParameter> all;
  std::set<std::string> names;
  for (Component* component : components) {
    for (NamedParameter& parameter : named_parameters(*component)) {
      if (names.insert(parameter.name).second) all.push_back(std::move(parameter));
    }
  }
  return all;
}

/// A seed of its own for every part of every step of every process.
uint64_t seed_of(uint64_t seed, int64_t step, int64_t part, int64_t rank) {
  uint64_t mixed = seed;
  for (int64_t number : {step, part, rank}) {
    mixed = split_mix((mixed ^ static_cast<uint64_t>(number)) + kGolden);
  }
  return mixed;
}

std::string_view bytes_of(const Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

std::string identity_of(const Samples& samples) {
  std::string text = cat(samples.size(), " samples\n");
  for (const Category& category : samples.categories()) text += cat("class ", category.name, "\n");
  const Sample first = samples.sample(0, Draw(0, "identity", 0, 0));
  const Tensor frames = first.frames.contiguous(), masks = first.targets.masks.contiguous();
  text += cat(first.name, frames.sizes(), masks.sizes());
  return sha256(text + sha256(bytes_of(frames)) + sha256(bytes_of(masks)));
}

int64_t numbers_in(const std::vector<NamedParameter>& parameters, bool trained) {
  int64_t count = 0;
  for (const NamedParameter& parameter : parameters) {
    if (!parameter.buffer && parameter.value.requires_grad() == trained) {
      count += parameter.value.numel();
    }
  }
  return count;
}

const Tensor& entry_of(const Checkpoint& checkpoint, const std::string& name,
                       at::IntArrayRef shape) {
  const Tensor* value = checkpoint.find(name);
  if (!value || value->sizes() != shape) {
    throw InputError(cat("has no '", name, "' of shape ", shape), checkpoint.file.string(),
                     "it was written for another config, or by another version of the program");
  }
  return *value;
}

constexpr const char* kTrainerFile = "trainer.safetensors";
constexpr const char* kStepFact = "trainer.step";

}  // namespace

struct Trainer::Implementation {
  Implementation(const Pipeline& given, std::shared_ptr<const Samples> source, Communicator& peers,
                 const Options& options)
      : pipeline(given),
        section(given.training()),
        samples(std::move(source)),
        world(peers),
        learner(given),
        components(components_of(given)),
        parameters(all_parameters(components)),
        optimizer(group_parameters(components, section.optimizer), section.optimizer),
        seed(static_cast<uint64_t>(given.run().seed)),
        overfits(options.overfit > 0) {
    part_size = section.part_of_batch(world.size());
    if (samples->size() < 1) throw InputError("there are no samples to train on", "data.train");
    identity = identity_of(*samples);
    if (overfits) {
      samples = std::make_shared<FirstSamples>(std::move(samples), options.overfit, seed);
    }
    if (optimizer.parameters().empty()) {
      throw InputError("no parameter is trainable", "train", "check train.only and train.freeze");
    }
    device = optimizer.parameters().front().value.device();
    // All begin with what process 0 begins with.
    std::vector<Tensor> values;
    for (const NamedParameter& parameter : parameters) values.push_back(parameter.value);
    world.broadcast(values);
    statistics.emplace(parameters);
    if (section.average > 0) average.emplace(parameters, section.average);
  }

  const Pipeline& pipeline;
  const TrainSection& section;
  std::shared_ptr<const Samples> samples;
  Communicator& world;
  Learner learner;
  std::vector<Component*> components;
  std::vector<NamedParameter> parameters;
  AdamW optimizer;
  std::optional<WeightAverage> average;
  std::optional<NormStatistics> statistics;
  std::unique_ptr<SampleLoader> loader;
  std::optional<RefusedBatch> refused;
  uint64_t seed;
  bool overfits;
  int64_t part_size = 1, steps = 0;
  std::string identity;
  at::Device device = at::kCPU;

  std::vector<Sample> next() {
    if (!loader) {
      SampleLoader::Options options;
      options.seed = seed;
      options.batch = part_size * section.accumulate;
      options.first_batch = steps;
      options.workers = section.workers;
      options.rank = world.rank();
      options.processes = world.size();
      options.shuffle = !overfits;
      loader = std::make_unique<SampleLoader>(samples, options);
    }
    return loader->next();
  }

  /// Gradients of the mean over parts and processes; the report has loss, terms and norm.
  StepReport learn(const std::vector<Sample>& batch, int64_t step);
  void add_terms(StepReport& report, const LossResult& result, double share) const;
  void average_terms(StepReport& report) const;
};

void Trainer::Implementation::average_terms(StepReport& report) const {
  if (world.size() == 1) return;
  std::vector<double> values;
  for (const auto& [name, value] : report.terms) values.push_back(value);
  Tensor sum = at::tensor(values, at::kDouble);
  world.add_up({sum});
  for (size_t i = 0; i < values.size(); ++i) {
    report.terms[i].second = sum[static_cast<int64_t>(i)].item<double>() / world.size();
  }
}

void Trainer::Implementation::add_terms(StepReport& report, const LossResult& result,
                                        double share) const {
  const std::vector<double> values = result.values();
  for (size_t i = 0; i < values.size(); ++i) {
    const LossValue& term = result.terms[i];
    const double value = share * term.weight * values[i];
    auto known = std::find_if(report.terms.begin(), report.terms.end(),
                              [&](const auto& one) { return one.first == term.name; });
    if (known == report.terms.end()) {
      report.terms.emplace_back(term.name, value);
    } else {
      known->second += value;
    }
  }
}

StepReport Trainer::Implementation::learn(const std::vector<Sample>& batch, int64_t step) {
  StepReport report;
  optimizer.clear_gradients();
  const auto parts = static_cast<int64_t>(batch.size()) / part_size;
  for (int64_t part = 0; part < parts; ++part) {
    const auto first = batch.begin() + part * part_size;
    Batch inputs =
        make_batch({first, first + part_size}, pipeline.preprocess(), pipeline.classes().count());
    move_to(inputs, device);
    Generators random(seed_of(seed, step, part, world.rank()));
    c10::AutoGradMode gradients(true);
    Tensor total;
    {
      Autocast autocast(device.type(), section.precision == TrainSection::Precision::bfloat16);
      LossResult result = learner(inputs, random, world);
      add_terms(report, result, 1.0 / static_cast<double>(parts));
      total = result.total();
    }
    (total / static_cast<double>(parts)).backward();
  }
  average_gradients(optimizer.parameters(), world);
  statistics->average(world);
  average_terms(report);
  for (const auto& [name, value] : report.terms) report.loss += value;
  report.gradient_norm = gradient_norm(optimizer.parameters());
  return report;
}

Trainer::Trainer(const Pipeline& pipeline, std::shared_ptr<const Samples> samples,
                 Communicator& world, const Options& options)
    : implementation_(
          std::make_unique<Implementation>(pipeline, std::move(samples), world, options)) {}

Trainer::~Trainer() = default;

StepReport Trainer::step() {
  Implementation& self = *implementation_;
  const auto start = Clock::now();
  const double waited = self.loader ? self.loader->waited_seconds() : 0;
  const std::vector<Sample> batch = self.next();
  const double data_seconds = self.loader->waited_seconds() - waited;
  StepReport report;
  try {
    report = self.learn(batch, self.steps);
  } catch (const NotFinite& error) {
    self.optimizer.clear_gradients();
    self.refused = RefusedBatch{self.steps, error.problem(), error.where(), batch};
    throw;
  }
  const TrainSection& section = self.section;
  if (section.optimizer.clip_norm > 0) {
    clip_gradients(self.optimizer.parameters(), report.gradient_norm, section.optimizer.clip_norm);
  }
  const double factor =
      section.rate_scale() * rate_factor(section.schedule, self.steps, section.steps);
  self.optimizer.step(factor);
  self.optimizer.clear_gradients();
  if (self.average) self.average->update(self.steps);
  report.step = ++self.steps;
  report.rate = section.optimizer.rate * factor;
  report.data_seconds = data_seconds;
  report.seconds = seconds_since(start);
  return report;
}

int64_t Trainer::steps_done() const { return implementation_->steps; }
bool Trainer::done() const { return implementation_->steps >= implementation_->section.steps; }
const std::optional<RefusedBatch>& Trainer::refused() const { return implementation_->refused; }
std::vector<Sample> Trainer::next_samples() { return implementation_->next(); }
const std::string& Trainer::data_identity() const { return implementation_->identity; }

StepReport Trainer::try_samples(const std::vector<Sample>& samples, int64_t step) {
  const auto start = Clock::now();
  StepReport report = implementation_->learn(samples, step);
  implementation_->optimizer.clear_gradients();
  report.step = step;
  report.seconds = seconds_since(start);
  return report;
}

std::pair<int64_t, int64_t> Trainer::parameter_counts() const {
  return {numbers_in(implementation_->parameters, true),
          numbers_in(implementation_->parameters, false)};
}

std::vector<CheckpointEntry> Trainer::weights() const {
  return implementation_->average ? implementation_->average->values() : raw_weights();
}

std::vector<CheckpointEntry> Trainer::raw_weights() const {
  std::vector<CheckpointEntry> weights;
  for (const NamedParameter& one : implementation_->parameters) {
    weights.push_back({one.name, one.value.detach()});
  }
  return weights;
}

void Trainer::save(const std::filesystem::path& folder,
                   const std::map<std::string, std::string>& facts) const {
  Implementation& self = *implementation_;
  std::map<std::string, std::string> metadata = facts;
  metadata[kStepFact] = std::to_string(self.steps);
  write_safetensors(folder / kModelFile, weights(), metadata);
  std::vector<CheckpointEntry> rest;
  if (self.average) {
    for (const CheckpointEntry& one : raw_weights()) {
      rest.push_back({"weight." + one.name, one.value});
    }
  }
  AdamW& optimizer = self.optimizer;
  for (size_t i = 0; i < optimizer.memories().size(); ++i) {
    const AdamW::Memory& memory = optimizer.memories()[i];
    const std::string& name = optimizer.parameters()[i].name;
    if (!memory.mean.defined()) continue;
    rest.push_back({"mean." + name, memory.mean});
    rest.push_back({"square." + name, memory.square});
    rest.push_back({"steps." + name, memory.steps});
  }
  write_safetensors(folder / kTrainerFile, rest, metadata);
}

void Trainer::restore(const std::filesystem::path& folder) {
  Implementation& self = *implementation_;
  c10::NoGradGuard no_gradient;
  const Checkpoint model = read_checkpoint(folder / kModelFile);
  const Checkpoint rest = read_checkpoint(folder / kTrainerFile);
  const auto fact = rest.metadata.find(kStepFact);
  int64_t steps = -1;
  if (fact != rest.metadata.end()) {
    std::from_chars(fact->second.data(), fact->second.data() + fact->second.size(), steps);
  }
  if (steps < 0) {
    throw InputError("does not record the number of completed steps",
                     (folder / kTrainerFile).string());
  }
  for (NamedParameter& one : self.parameters) {
    const Tensor& value = self.average ? entry_of(rest, "weight." + one.name, one.value.sizes())
                                       : entry_of(model, one.name, one.value.sizes());
    one.value.detach().copy_(value);
  }
  if (self.average) self.average->restore(model);
  std::vector<AdamW::Memory>& memories = self.optimizer.memories();
  for (size_t i = 0; i < memories.size(); ++i) {
    const TrainedParameter& parameter = self.optimizer.parameters()[i];
    AdamW::Memory& memory = memories[i];
    // Parameters that no step has reached yet have no memory.
    memory = {};
    if (!rest.find("mean." + parameter.name)) continue;
    auto copy = [&](const char* kind, at::IntArrayRef shape) {
      return entry_of(rest, kind + parameter.name, shape).to(parameter.value.device()).clone();
    };
    memory.mean = copy("mean.", parameter.value.sizes());
    memory.square = copy("square.", parameter.value.sizes());
    memory.steps = copy("steps.", {});
  }
  self.steps = steps;
  self.loader.reset();
}

}  // namespace clipwork
