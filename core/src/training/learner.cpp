#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/component_call.h>
#include <clipwork/host/learner.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "components/check_returned.h"
#include "inference/loop.h"
#include "inference/pipeline_implementation.h"
#include "training/recompute.h"
#include "training/training_mode.h"

namespace clipwork {

namespace {

/// Bool [N]: objects that `window`, which begins at frame `first`, is the first to show.
Tensor first_seen_in(const Targets& targets, const Targets& window, int64_t first) {
  Tensor seen = window.ids.ge(0).any(1);
  return first == 0 ? seen : seen & targets.ids.narrow(1, 0, first).lt(0).all(1);
}

/// The truth of a window, for decoders that learn from what trackers settle on. Rows are objects.
Observation truth_of(const Batch& batch, const WindowSpan& span) {
  int64_t rows = 0, frames = span.end - span.first;
  for (const Targets& targets : batch.targets) rows = std::max(rows, targets.count());
  Observation told;
  told.ids = at::full({batch.videos(), rows}, -1, at::kLong);
  told.masks = at::zeros({batch.videos(), rows, frames, batch.padded.height, batch.padded.width},
                         batch.pictures.options().dtype(at::kBool));
  told.fresh = at::zeros({batch.videos(), rows}, at::kBool);
  for (int64_t b = 0; b < batch.videos(); ++b) {
    const Targets& targets = batch.targets[b];
    int64_t count = targets.count();
    if (count == 0) continue;
    Targets window = frames_of(targets, span.first, frames);
    told.ids[b].narrow(0, 0, count).copy_(std::get<0>(window.ids.max(1)));
    told.masks[b].narrow(0, 0, count).copy_(window.masks);
    told.fresh[b].narrow(0, 0, count).copy_(first_seen_in(targets, window, span.first));
  }
  return told;
}

/// Every frame a sample of its own, with all objects of its video: in frames without one its mask
/// is empty (MinVIS, `prepare_targets`).
Batch frames_as_samples(const Batch& batch) {
  Batch apart{batch.pictures, batch.padded, 1, {}};
  for (const Targets& video : batch.targets) {
    for (int64_t t = 0; t < batch.frames; ++t) apart.targets.push_back(frames_of(video, t, 1));
  }
  return apart;
}

std::string names_of(const Batch& batch) {
  std::string names;
  for (const Targets& targets : batch.targets) {
    if (!targets.name.empty()) names += (names.empty() ? "" : ", ") + targets.name;
  }
  return names.empty() ? "batch" : "batch of " + names;
}

/// Has the activations of the components that `[train] recompute` names computed again. Components
/// are called by `call_component`.
class TrainingStages : public Stages {
 public:
  explicit TrainingStages(const LoopParts& parts) : parts_(parts) {}

  void run(const char* /*name*/, const PlannedComponent& component,
           const std::function<void()>& call) override {
    call_component(*component.info, OwnErrors::named, call);
  }

  std::vector<FeatureMap> maps(const char* name, const PlannedComponent& component,
                               const MapsCall& call, const std::vector<Tensor>& inputs,
                               Context& context) override {
    const std::vector<std::string>& recompute = parts_.plan.train.recompute;
    const bool named = std::find(recompute.begin(), recompute.end(), name) != recompute.end();
    // A listener may replace what it hears, and hears everything once.
    if (!named || tap_listener()) return Stages::maps(name, component, call, inputs, context);
    Component* built = parts_.backbone;
    if (&component == parts_.plan.pixel_decoder) built = parts_.pixel_decoder;
    std::vector<FeatureMap> maps;
    run(name, component, [&] { maps = recomputed(*built, call, inputs, context); });
    return maps;
  }

 private:
  const LoopParts& parts_;
};

void check_finite(const LossResult& result) {
  const std::vector<double> values = result.values();
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) throw NotFinite(result.terms[i].name, "");
  }
}

}  // namespace

const Pipeline::Implementation& Learner::parts() const { return *pipeline_.implementation_; }

Learner::Learner(const Pipeline& pipeline) : pipeline_(pipeline) {
  if (!parts().loss) throw Error("the pipeline was not assembled for training");
  std::vector<Component*> components;
  for (const PipelineComponent& part : pipeline.components()) {
    if (part.component->weights()) components.push_back(part.component.get());
  }
  set_training(components, parts().plan.train);
  for (const PipelineComponent& part : pipeline.components()) {
    for (NamedParameter& parameter : named_parameters(*part.component)) {
      if (!parameter.buffer && parameter.value.requires_grad()) {
        parameters_.push_back(std::move(parameter));
      }
    }
  }
}

LossResult Learner::operator()(const Batch& given, Generators& random, Communicator& world,
                               TapListener* listener) const {
  c10::AutoGradMode gradients(true);
  parts().use_threads();
  Context context{true, random, world};
  const Plan& plan = parts().plan;
  bool alone = plan.decoder_contract().independent && plan.window.length == 1 &&
               !plan.tracker_contract().trains && given.frames > 1;
  Batch apart = alone ? frames_as_samples(given) : Batch();
  const Batch& batch = alone ? apart : given;
  try {
    Sequence sequence = run(batch, context, listener);
    TapScope taps(listener);
    LossResult result;
    call_component(*plan.loss->info, OwnErrors::as_they_are, [&] {
      result = (*parts().loss)(sequence, batch.targets, context);
      if (plan.run.checks != RunSection::Checks::never) check_loss(result, !parameters_.empty());
    });
    check_finite(result);
    return result;
  } catch (Error& error) {
    error.within(names_of(given));
    throw;
  }
}

Sequence Learner::run(const Batch& batch, Context& context, TapListener* listener) const {
  const LoopParts& loop_parts = parts();
  const Geometry geometry{batch.padded, batch.padded, batch.padded};
  TrainingStages stages(loop_parts);
  std::vector<FrameMemo> memos;
  {
    TapScope taps(listener);
    memos = encode(loop_parts, batch.pictures, geometry, batch.videos(), context, stages);
  }
  Sequence sequence;
  sequence.frames = memos.front().frames;
  auto add = [&](TrackedWindow window) {
    const WindowSpan& span = window.span;
    sequence.clips.push_back(
        {span.first, span.end - span.first,
         std::make_shared<ClipPrediction>(std::move(window.tracked.prediction))});
  };
  Loop loop(loop_parts, batch.videos(), context, stages, listener,
            [&](const TrackedWindow& window) { return truth_of(batch, window.span); });
  for (FrameMemo& memo : memos) {
    if (std::optional<TrackedWindow> window = loop.push(std::move(memo), geometry)) {
      add(std::move(*window));
    }
  }
  for (TrackedWindow& window : loop.finish()) add(std::move(window));
  return sequence;
}

}  // namespace clipwork
