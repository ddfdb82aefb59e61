#include <clipwork/checkpoint.h>
#include <clipwork/module.h>
#include <clipwork/training.h>

#include <functional>
#include <regex>

namespace clipwork {

namespace {

/// Regular expressions of one parameter of the section; remembers which found anything.
class Patterns {
 public:
  Patterns(const std::vector<std::string>& texts, const char* parameter) : parameter_(parameter) {
    for (const std::string& text : texts) {
      try {
        entries_.push_back({text, std::regex(text), false});
      } catch (const std::regex_error& error) {
        throw InputError(cat("'", text, "' is not a regular expression: ", error.what()),
                         cat("train.", parameter));
      }
    }
  }
  bool empty() const { return entries_.empty(); }
  bool find(const std::string& name) {
    bool found = false;
    for (Entry& entry : entries_) {
      if (!std::regex_search(name, entry.pattern)) continue;
      entry.used = found = true;
    }
    return found;
  }
  void check_used(const char* what) const {
    for (const Entry& entry : entries_) {
      if (entry.used) continue;
      throw InputError(cat("no ", what, "'s name has '", entry.text, "'"),
                       cat("train.", parameter_));
    }
  }

 private:
  struct Entry {
    std::string text;
    std::regex pattern;
    bool used;
  };
  std::vector<Entry> entries_;
  const char* parameter_;
};

}  // namespace

void TrainSection::describe(Describer& d) {
  d("only", only,
    "regular expressions searched in parameter names: only these are trained (empty: all)");
  d("freeze", freeze, "regular expressions of parameters that are not trained");
  d("evaluate", evaluate,
    "regular expressions searched in module names: these stay in evaluation mode, so that norms "
    "keep their statistics");
  optimizer.describe(d);
  schedule.describe(d);
  d("steps", steps, "steps of the optimiser, at the end of which training is done").range(0, 1e9);
  d("batch", batch, "samples of a step, those of all processes together").range(1, 1 << 20);
  d("accumulate", accumulate,
    "parts into which a process divides its samples of a step, to need less memory; the mean over "
    "objects is then taken part by part")
      .range(1, 1 << 20);
  d("recipe_batch", recipe_batch, "the batch that rate and steps are meant for (0: batch)")
      .range(0, 1 << 20);
  d("scale_rate", scale_rate, "multiply the rate by batch / recipe_batch");
  d("precision", precision,
    "bfloat16: products of matrices and convolutions in 16 bits, where that is quick")
      .choices({"float", "bfloat16"});
  d("recompute", recompute,
    "components whose activations are computed again in the backward pass, picture by picture, to "
    "need less memory")
      .choices({"backbone", "pixel_decoder"});
  d("average", average,
    "keep an exponential average of the weights with this decay, evaluate it and save it as the "
    "model (0: no average)")
      .range(0, 1);
  d("workers", workers, "threads that read and augment samples; 0: none beside the training's own")
      .range(0, 1024);
  d("checkpoint_every", checkpoint_every, "steps from one checkpoint to the next").range(1, 1e9);
  d("keep", keep, "checkpoints that are kept beside the best one").range(1, 1e6);
  d("evaluate_every", evaluate_every,
    "steps from one evaluation on [data.eval] to the next; 0: none")
      .range(0, 1e9);
  d("best", best, "the measure of evaluations that decides which checkpoint is the best");
  d("log_every", log_every, "steps from one line of scalars.jsonl to the next").range(1, 1e9);
  d("stage", stage, "what the weights are called that come of this, for `parent` of a later stage");
  d("parent", parent,
    "the stage that the weights to start from must come of, if they were trained here");
}

double TrainSection::rate_scale() const {
  if (!scale_rate || recipe_batch == 0) return 1;
  return static_cast<double>(batch) / static_cast<double>(recipe_batch);
}

int64_t TrainSection::part_of_batch(int64_t processes) const {
  const int64_t parts = processes * accumulate;
  if (batch % parts != 0) {
    throw InputError(cat("train.batch ", batch, " cannot be divided into ", processes,
                         processes == 1 ? " process" : " processes", " times ", accumulate,
                         accumulate == 1 ? " part" : " parts"),
                     "train.batch",
                     cat("take ", (batch / parts + 1) * parts, ", or another train.accumulate"));
  }
  return batch / parts;
}

void set_training(const std::vector<Component*>& components, const TrainSection& section) {
  Patterns only(section.only, "only"), freeze(section.freeze, "freeze");
  Patterns evaluate(section.evaluate, "evaluate");
  for (Component* component : components) {
    component->weights()->train();
    std::string prefix = component->weight_names().prefix;
    if (prefix.ends_with('.')) prefix.pop_back();
    for (const auto& entry : component->weights()->named_modules(prefix, false)) {
      if (evaluate.find(entry.key())) entry.value()->eval();
    }
    for (NamedParameter& parameter : named_parameters(*component)) {
      if (parameter.buffer) continue;
      bool frozen = freeze.find(parameter.name);
      bool trained = only.empty() || only.find(parameter.name);
      parameter.value.set_requires_grad(trained && !frozen);
    }
  }
  only.check_used("parameter");
  freeze.check_used("parameter");
  evaluate.check_used("module");
}

}  // namespace clipwork
