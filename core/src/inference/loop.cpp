#include "inference/loop.h"

#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/parallel.h>
#include <clipwork/tap.h>

#include <utility>

#include "inference/check_contracts.h"

namespace clipwork {

namespace {

std::vector<FeatureMap> heard(std::vector<FeatureMap> maps, const char* stage) {
  for (FeatureMap& map : maps) map.value = tap(map.value, stage, ".", map.name);
  return maps;
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
  const MapsCall backbone = [component = parts.backbone](const std::vector<Tensor>& inputs,
                                                         Context& its_context) {
    return component->forward(inputs[0], its_context);
  };
  features.maps =
      heard(stages.maps("backbone", *plan.backbone, backbone, {pictures}, context), "backbone");
  if (parts.pixel_decoder) {
    // The call holds the maps without their values: it may be kept for the backward pass.
    std::vector<FeatureMap> described = features.maps;
    std::vector<Tensor> values;
    for (FeatureMap& map : described) values.push_back(std::exchange(map.value, Tensor()));
    const MapsCall pixel_decoder = [component = parts.pixel_decoder, described](
                                       const std::vector<Tensor>& inputs, Context&) {
      std::vector<FeatureMap> maps = described;
      for (size_t i = 0; i < maps.size(); ++i) maps[i].value = inputs[i];
      return component->forward(maps);
    };
    for (FeatureMap& map :
         heard(stages.maps("pixel_decoder", *plan.pixel_decoder, pixel_decoder, values, context),
               "pixel_decoder")) {
      features.maps.push_back(std::move(map));
    }
  }
  FrameMemo memo;
  stages.run("encode", *plan.decoder, [&] { memo = parts.decoder->encode(features, context); });
  return split_memo(memo, videos, count / videos);
}

FrameMemo encode(const LoopParts& parts, const Preprocessed& frame, Context& context,
                 Stages& stages) {
  Tensor pictures = frame.pictures.to(parts.device);
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
      decoder_state_(parts.decoder->make_state(videos)),
      tracker_state_(parts.tracker->make_state(videos)) {}

std::optional<TrackedWindow> Loop::push(FrameMemo memo, const Geometry& geometry) {
  memos_.push_back(std::move(memo));
  geometry_.push_back(geometry);
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
  const std::vector<Geometry> geometry(geometry_.begin() + from, geometry_.begin() + to);
  const Window window{span.first, memos, geometry, span.head, span.tail};

  Tensors start;
  stages_.run("propose", *plan.decoder, [&] { start = parts_.decoder->start(videos_); });
  if (tracks_) {
    stages_.run("propose", *plan.tracker, [&] {
      start = parts_.tracker->propose(std::move(start), *tracker_state_, context_);
    });
  }
  ClipPrediction prediction;
  stages_.run("decode", *plan.decoder, [&] {
    prediction = parts_.decoder->decode(window, start, *decoder_state_, context_);
  });
  TrackedWindow done{span, {span.first, {}, {}, {}}};
  if (tracks_) {
    stages_.run("track", *plan.tracker, [&] {
      done.tracked =
          parts_.tracker->track(std::move(prediction), window, *tracker_state_, context_);
    });
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

/// The windows so far, as a tracker that defers links them at the end.
std::vector<TrackedWindow> Loop::deferred() {
  std::vector<TrackedWindow> windows;
  stages_.run("track", *parts_.plan.tracker, [&] {
    std::vector<Tracked> tracked = parts_.tracker->finish(*tracker_state_, context_);
    if (tracked.size() != deferred_.size()) {
      throw Error(cat("expected ", deferred_.size(), " windows, found ", tracked.size()));
    }
    for (size_t i = 0; i < tracked.size(); ++i) {
      windows.push_back({deferred_[i], std::move(tracked[i])});
    }
  });
  return windows;
}

void Loop::drop_memos() {
  while (first_memo_ < edges_.needed_from() && !memos_.empty()) {
    memos_.pop_front();
    geometry_.pop_front();
    ++first_memo_;
  }
}

}  // namespace clipwork
