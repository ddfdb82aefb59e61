#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/learner.h>
#include <clipwork/parallel.h>

#include <algorithm>
#include <utility>

#include "inference/pipeline_implementation.h"
#include "inference/windows.h"
#include "training/recompute.h"
#include "training/training_mode.h"

namespace clipwork {

namespace {

/// Each pixel belongs to the smallest of the objects that cover it (IAI's planes): masks [N, T, H,
/// W] that do not overlap.
Tensor without_overlap(const Tensor& masks) {
  if (masks.size(0) < 2) return masks;
  Tensor area = masks.flatten(2).sum(2);
  Tensor size = area.unsqueeze(2).unsqueeze(3).expand(masks.sizes());
  int64_t nobody = masks.size(2) * masks.size(3) + 1;
  Tensor owner = std::get<1>(size.masked_fill(masks.logical_not(), nobody).min(0, true));
  Tensor kept = at::zeros(masks.sizes(), masks.options()).scatter(0, owner, true);
  return kept & masks;
}

/// Bool [N]: objects that `window`, which begins at frame `first`, is the first to show.
Tensor first_seen_in(const Targets& targets, const Targets& window, int64_t first) {
  Tensor seen = window.ids.ge(0).any(1);
  return first == 0 ? seen : seen & targets.ids.narrow(1, 0, first).lt(0).all(1);
}

/// The truth of a window, for decoders that learn from what trackers settle on. Rows are objects.
Observation truth(const Batch& batch, const WindowSpan& span) {
  int64_t rows = 0, frames = span.end - span.first;
  for (const Targets& targets : batch.targets) rows = std::max(rows, targets.count());
  Observation told;
  told.ids = at::full({batch.videos(), rows}, -1, at::kLong);
  told.masks =
      at::zeros({batch.videos(), rows, frames, batch.padded.height, batch.padded.width}, at::kBool);
  told.fresh = at::zeros({batch.videos(), rows}, at::kBool);
  for (int64_t b = 0; b < batch.videos(); ++b) {
    const Targets& targets = batch.targets[b];
    int64_t count = targets.count();
    if (count == 0) continue;
    Targets window = frames_of(targets, span.first, frames);
    told.ids[b].narrow(0, 0, count).copy_(std::get<0>(window.ids.max(1)));
    told.masks[b].narrow(0, 0, count).copy_(without_overlap(window.masks));
    told.fresh[b].narrow(0, 0, count).copy_(first_seen_in(targets, window, span.first));
  }
  told.masks = told.masks.to(batch.pictures.device());
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

void check_finite(const LossResult& result) {
  for (const LossValue& term : result.terms) {
    if (!term.value.isfinite().all().item<bool>()) throw NotFinite(term.name, "");
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
  if (at::get_num_threads() != parts().threads) set_threads_here(parts().threads);
  Context context{true, random, world};
  const Plan& plan = parts().plan;
  bool alone = plan.decoder_contract().independent && plan.window.length == 1 &&
               !plan.tracker_contract().trains && given.frames > 1;
  Batch apart = alone ? frames_as_samples(given) : Batch();
  const Batch& batch = alone ? apart : given;
  try {
    Sequence sequence = run(batch, context, listener);
    TapScope taps(listener);
    LossResult result = (*parts().loss)(sequence, batch.targets, context);
    check_finite(result);
    return result;
  } catch (Error& error) {
    error.within(names_of(given));
    throw;
  }
}

Sequence Learner::run(const Batch& batch, Context& context, TapListener* listener) const {
  const Pipeline::Implementation& part = parts();
  int64_t videos = batch.videos(), count = videos * batch.frames;
  FrameFeatures features;
  Geometry geometry{batch.padded, batch.padded, batch.padded};
  features.geometry.assign(count, geometry);
  {
    TapScope taps(listener);
    Tensor pictures = tap(batch.pictures, "preprocessed");
    const std::vector<std::string>& again = part.plan.train.recompute;
    auto maps_of = [&](const char* place, Component& component, const Stage& stage,
                       const std::vector<Tensor>& inputs) {
      const bool named = std::find(again.begin(), again.end(), place) != again.end();
      // A listener may replace what it hears, and hears everything once.
      return named && !listener ? recomputed(component, stage, inputs, context)
                                : stage(inputs, context);
    };
    const Stage backbone = [component = part.backbone](const std::vector<Tensor>& inputs,
                                                       Context& its_context) {
      return component->forward(inputs[0], its_context);
    };
    features.maps = maps_of("backbone", *part.backbone, backbone, {pictures});
    if (part.pixel_decoder) {
      std::vector<FeatureMap> described = features.maps;
      std::vector<Tensor> values;
      for (FeatureMap& map : described) values.push_back(std::exchange(map.value, Tensor()));
      const Stage pixel_decoder = [component = part.pixel_decoder, described](
                                      const std::vector<Tensor>& inputs, Context&) {
        std::vector<FeatureMap> maps = described;
        for (size_t i = 0; i < maps.size(); ++i) maps[i].value = inputs[i];
        return component->forward(maps);
      };
      for (FeatureMap& map : maps_of("pixel_decoder", *part.pixel_decoder, pixel_decoder, values)) {
        features.maps.push_back(std::move(map));
      }
    }
  }
  FrameMemo memo = part.decoder->encode(features, context);
  std::vector<FrameMemo> memos = split_memo(memo, videos, batch.frames);
  std::vector<Geometry> sizes(batch.frames, geometry);

  const Plan& plan = part.plan;
  bool tracks = plan.tracker_contract().trains;
  std::unique_ptr<State> decoder_state = part.decoder->make_state(videos);
  std::unique_ptr<State> tracker_state = part.tracker->make_state(videos);
  Sequence sequence;
  sequence.frames = memo.frames;
  auto decode = [&](const WindowSpan& span) {
    TapScope taps(listener, {-1, span.index});
    auto length = static_cast<size_t>(span.end - span.first);
    Window window{span.first, std::span(memos).subspan(span.first, length),
                  std::span(sizes).subspan(span.first, length), span.head, span.tail};
    Tensors start = part.decoder->start(videos);
    if (tracks) start = part.tracker->propose(std::move(start), *tracker_state, context);
    ClipPrediction prediction = part.decoder->decode(window, start, *decoder_state, context);
    if (tracks) {
      prediction =
          part.tracker->track(std::move(prediction), window, *tracker_state, context).prediction;
    }
    if (part.observes()) part.decoder->observe(truth(batch, span), *decoder_state, context);
    sequence.clips.push_back({span.first, span.end - span.first,
                              std::make_shared<ClipPrediction>(std::move(prediction))});
  };
  WindowEdges edges(plan.window);
  for (int64_t t = 0; t < batch.frames; ++t) {
    if (std::optional<WindowSpan> span = edges.push()) decode(*span);
  }
  if (std::optional<WindowSpan> span = edges.finish()) decode(*span);
  return sequence;
}

}  // namespace clipwork
