#include "inference/loop.h"

#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/host/component_call.h>
#include <clipwork/parallel.h>
#include <clipwork/tap.h>
#include <clipwork/to_device.h>

#include <utility>

#include "components/check_returned.h"
#include "inference/check_contracts.h"

namespace clipwork {

namespace {

std::vector<FeatureMap> heard(std::vector<FeatureMap> maps, const char* stage) {
  for (FeatureMap& map : maps) map.value = tap(map.value, stage, ".", map.name);
  return maps;
}

template <class Kind>
std::unique_ptr<State> made_state(const PlannedComponent& planned, const Kind& component,
                                  int64_t videos) {
  std::unique_ptr<State> state = component.make_state(videos);
  if (state) return state;
  ReturnedFault fault("a state from make_state", "null");
  fault.within(owner_of(*planned.info).text());
  throw fault;
}

}  // namespace

void LoopParts::use_threads() const {
  if (at::get_num_threads() != threads) set_threads_here(threads);
}

std::vector<FrameMemo> encode(const LoopParts& parts, Tensor pictures, const Geometry& geometry,
                              int64_t videos, Context& context, Stages& stages) {
  const Plan& plan = parts.plan;
  pictures = tap(std::move(pictures), "preprocessed");
  const int64_t count = pictures.size(0);
  FrameFeatures features;
  features.geometry.assign(count, geometry);
  const bool checked = plan.run.checks != RunSection::Checks::never;
  const MapsCall backbone = [component = parts.backbone, planned = plan.backbone, geometry,
                             checked](const std::vector<Tensor>& inputs, Context& its_context) {
    std::vector<FeatureMap> maps = component->forward(inputs[0], its_context);
    if (checked) {
      check_maps(maps, planned->contract->maps, inputs[0].size(0), geometry.padded);
    }
    return maps;
  };
  features.maps =
      heard(stages.maps("backbone", *plan.backbone, backbone, {pictures}, context), "backbone");
  if (parts.pixel_decoder) {
    // The call holds the maps without their values: it may be kept for the backward pass.
    std::vector<FeatureMap> described = features.maps;
    std::vector<Tensor> values;
    for (FeatureMap& map : described) values.push_back(std::exchange(map.value, Tensor()));
    const MapsCall pixel_decoder = [component = parts.pixel_decoder, described,
                                    planned = plan.pixel_decoder, geometry,
                                    checked](const std::vector<Tensor>& inputs, Context&) {
      std::vector<FeatureMap> maps = described;
      for (size_t i = 0; i < maps.size(); ++i) maps[i].value = inputs[i];
      maps = component->forward(maps);
      if (checked) {
        check_maps(maps, planned->contract->maps, inputs[0].size(0), geometry.padded);
      }
      return maps;
    };
    for (FeatureMap& map :
         heard(stages.maps("pixel_decoder", *plan.pixel_decoder, pixel_decoder, values, context),
               "pixel_decoder")) {
      features.maps.push_back(std::move(map));
    }
  }
  FrameMemo memo;
  stages.run("encode", *plan.decoder, [&] {
    memo = parts.decoder->encode(features, context);
    if (checked) check_memo(memo, count);
  });
  return split_memo(memo, videos, count / videos);
}

FrameMemo encode(const LoopParts& parts, const Preprocessed& frame, Context& context,
                 Stages& stages) {
  Tensor pictures = to_device(frame.pictures, parts.device);
  // On the CPU the readable form computes in the memory layout of the public code and rounds alike:
  // the first stages of a ResNet are equal to the last bit.
  if (parts.plan.run.plain && pictures.is_cpu()) pictures = pictures.contiguous();
  return std::move(encode(parts, std::move(pictures), frame.geometry, 1, context, stages).front());
}

FrameMemo encode_again(const LoopParts& parts, const Tensor& pixels, const Geometry& geometry) {
  c10::InferenceMode inference;
  TapScope unheard(nullptr);
  Generators random(static_cast<uint64_t>(parts.plan.run.seed));
  Communicator world;
  Context context{false, random, world};
  Stages unmeasured;
  Preprocessed frame = preprocess(pixels, parts.plan.preprocess);
  frame.geometry = geometry;
  return encode(parts, frame, context, unmeasured);
}

Loop::Loop(const LoopParts& parts, int64_t videos, Context& context, Stages& stages,
           TapListener* listener, ObservationOf observation_of)
    : parts_(parts),
      videos_(videos),
      context_(context),
      stages_(stages),
      listener_(listener),
      observation_of_(std::move(observation_of)),
      tracks_(!context.training || parts.plan.tracker_contract().trains),
      defers_(tracks_ && parts.plan.tracker_contract().defers),
      observes_(covers(parts.plan.decoder->contract->needs, {"observation"})),
      edges_(parts.plan.window),
      decoder_state_(made_state(*parts.plan.decoder, *parts.decoder, videos)),
      tracker_state_(made_state(*parts.plan.tracker, *parts.tracker, videos)) {}

std::optional<TrackedWindow> Loop::push(FrameMemo memo, const Geometry& geometry) {
  memos_.push_back(std::move(memo));
  geometry_ = geometry;
  std::optional<TrackedWindow> window;
  if (std::optional<WindowSpan> span = edges_.push()) window = decode(*span);
  drop_memos();
  if (defers_) return {};
  return window;
}

std::vector<TrackedWindow> Loop::finish() {
  std::vector<TrackedWindow> windows;
  if (std::optional<WindowSpan> span = edges_.finish()) windows.push_back(decode(*span));
  if (defers_) windows = deferred();
  drop_memos();
  return windows;
}

TrackedWindow Loop::decode(const WindowSpan& span) {
  const Plan& plan = parts_.plan;
  TapScope taps(listener_, {-1, span.index});
  tap_made([&] { return at::full({1}, span.first, at::kLong); }, "windows.first");
  tap_made([&] { return at::full({1}, span.end - span.first, at::kLong); }, "windows.frames");
  const auto from = span.first - first_memo_, to = span.end - first_memo_;
  const std::vector<FrameMemo> memos(memos_.begin() + from, memos_.begin() + to);
  const std::vector<Geometry> geometry(static_cast<size_t>(to - from), geometry_);
  const Window window{span.first, memos, geometry, span.head, span.tail};

  const bool checked = is_checked(span);
  const ExpectedWindow expected = this->expected(span, geometry);
  const Tensors start = start_queries(checked);
  ClipPrediction prediction;
  stages_.run("decode", *plan.decoder, [&] {
    prediction = parts_.decoder->decode(window, start, *decoder_state_, context_);
    if (checked) check_prediction(prediction, expected);
  });
  TrackedWindow done{span, {span.first, {}, {}, {}}, plan.decoder};
  if (tracks_) {
    track(std::move(prediction), window, expected, checked, done);
  } else {
    done.tracked.prediction = std::move(prediction);
  }
  if (observes_) {
    stages_.run("observe", *plan.decoder,
                [&] { parts_.decoder->observe(observation_of_(done), *decoder_state_, context_); });
  }
  if (defers_) deferred_.push_back(span);
  return done;
}

/// The queries that the next window starts from.
Tensors Loop::start_queries(bool checked) {
  const Plan& plan = parts_.plan;
  // In training, queries that are carried on may be of several copies of the batch.
  checked = checked && !context_.training;
  Tensors start;
  stages_.run("propose", *plan.decoder, [&] {
    start = parts_.decoder->start(videos_);
    if (checked) check_queries(start, videos_, 0);
  });
  if (!tracks_) return start;
  const Tensor* learned = start.find("queries");
  const Tensor queries = learned ? *learned : Tensor();
  stages_.run("propose", *plan.tracker, [&] {
    start = parts_.tracker->propose(std::move(start), *tracker_state_, context_);
    const Tensor* proposed = start.find("queries");
    const bool is_new = proposed && !proposed->is_same(queries);
    if (checked && is_new) check_queries(start, videos_, queries.defined() ? queries.size(2) : 0);
  });
  return start;
}

/// Tracks a window. `done` receives what the tracker returned.
void Loop::track(ClipPrediction prediction, const Window& window, const ExpectedWindow& expected,
                 bool checked, TrackedWindow& done) {
  // Of a tracker that defers, only what `finish` returns counts.
  checked = checked && !defers_;
  const ClipPrediction given = checked ? prediction : ClipPrediction();
  stages_.run("track", *parts_.plan.tracker, [&] {
    done.tracked = parts_.tracker->track(std::move(prediction), window, *tracker_state_, context_);
    if (checked) check_tracked(&given, expected, done);
  });
}

/// `given`: the decoder's prediction, which was checked; null where it is not known.
void Loop::check_tracked(const ClipPrediction* given, const ExpectedWindow& expected,
                         TrackedWindow& done) {
  ClipPrediction& prediction = done.tracked.prediction;
  if (!given || prediction.masks != given->masks) done.masks_of = parts_.plan.tracker;
  const bool is_given = given && prediction.class_scores.is_same(given->class_scores) &&
                        prediction.embeddings.is_same(given->embeddings) &&
                        prediction.queries.is_same(given->queries) &&
                        prediction.masks == given->masks;
  // Nobody needs embeddings any more.
  ExpectedWindow rewritten = expected;
  rewritten.given = {};
  if (!is_given) check_prediction(prediction, rewritten);
  if (context_.training) return;
  check_links_(done.tracked, expected.first);
  if (prediction.class_scores.is_cpu()) return;
  // Scores come to the CPU anyway, with the tracks' own: no further wait for the device.
  prediction.class_scores = prediction.class_scores.cpu();
  check_scores(prediction);
}

bool Loop::is_checked(const WindowSpan& span) const {
  const RunSection::Checks checks = parts_.plan.run.checks;
  return checks == RunSection::Checks::always ||
         (checks == RunSection::Checks::first && span.index == 0);
}

ExpectedWindow Loop::expected(const WindowSpan& span, std::span<const Geometry> geometry) const {
  return {span.first,
          videos_,
          parts_.plan.classes.count(),
          geometry,
          parts_.plan.decoder->contract->gives,
          context_.training};
}

/// The windows so far, as a tracker that defers links them at the end.
std::vector<TrackedWindow> Loop::deferred() {
  std::vector<TrackedWindow> windows;
  stages_.run("track", *parts_.plan.tracker, [&] {
    std::vector<Tracked> tracked = parts_.tracker->finish(*tracker_state_, context_);
    if (tracked.size() != deferred_.size()) {
      throw ReturnedFault(cat(deferred_.size(), " windows"), tracked.size());
    }
    for (size_t i = 0; i < tracked.size(); ++i) {
      const WindowSpan& span = deferred_[i];
      windows.push_back({span, std::move(tracked[i]), parts_.plan.tracker});
      if (!is_checked(span)) continue;
      const std::vector<Geometry> geometry(static_cast<size_t>(span.end - span.first), geometry_);
      check_tracked(nullptr, expected(span, geometry), windows.back());
    }
  });
  return windows;
}

void Loop::drop_memos() {
  while (first_memo_ < edges_.needed_from() && !memos_.empty()) {
    memos_.pop_front();
    ++first_memo_;
  }
}

}  // namespace clipwork
