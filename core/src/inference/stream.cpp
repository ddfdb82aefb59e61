#include <clipwork/host/pipeline.h>

#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "inference/loop.h"
#include "inference/memo_store.h"
#include "inference/pipeline_implementation.h"
#include "inference/settler.h"
#include "inference/stage_clock.h"

namespace clipwork {

namespace {

/// The tracker's decisions in a window, for decoders that learn from them.
Observation observation_of(const TrackedWindow& window) {
  const Tracked& tracked = window.tracked;
  int64_t rows = tracked.prediction.rows();
  Observation observation;
  observation.ids = at::full({1, rows}, -1, at::kLong);
  observation.fresh = at::zeros({1, rows}, at::kBool);
  auto ids = observation.ids.accessor<int64_t, 2>();
  auto fresh = observation.fresh.accessor<bool, 2>();
  for (const Link& link : tracked.links) {
    ids[0][link.row] = link.track;
    fresh[0][link.row] = link.fresh;
  }
  std::vector<Tensor> frames;
  for (int t = 0; t < window.span.end - window.span.first; ++t) {
    frames.push_back(tracked.prediction.masks->bits(t, Pairs::all(1, rows), At::padded));
  }
  observation.masks = at::stack(frames, 1).unsqueeze(0);
  return observation;
}

/// The most frames whose memos windows need together.
std::optional<int64_t> frames_at_once(const WindowSection& window, std::optional<int64_t> frames) {
  if (!window.length) return frames;
  return std::min(*window.length, frames.value_or(*window.length));
}

}  // namespace

struct Stream::Implementation {
  Implementation(const Pipeline::Implementation& shared, const VideoInfo& info)
      : parts(shared),
        plan(shared.plan),
        video(info),
        random(static_cast<uint64_t>(shared.plan.run.seed)),
        context{false, random, world},
        store(shared.plan.memory, frames_at_once(shared.plan.window, info.frames)),
        loop(shared, 1, context, clock, info.listener, observation_of),
        settler(shared.plan, info, clock) {}

  const LoopParts& parts;
  const Plan& plan;
  VideoInfo video;
  Generators random;
  Communicator world;
  Context context;
  StageClock clock;
  MemoStore store;
  Loop loop;
  Settler settler;
  std::optional<Geometry> geometry;  // of the first frame, and so of all
  bool finished = false;

  std::string place_of(const Frame& frame) const {
    std::string name = frame.name.empty() ? cat("frame ", loop.frames()) : frame.name;
    return video.name.empty() ? name : cat(video.name, ", ", name);
  }

  std::vector<SettledFrame> push(const Frame& frame) {
    if (finished) throw Error("the stream is finished; open another for the next video");
    c10::InferenceMode inference;
    parts.use_threads();
    const std::string place = place_of(frame);
    check(frame, place);
    clock.set_place(place);
    TapScope taps(video.listener, {loop.frames(), -1});
    FrameMemo memo = encode_frame(frame, place);
    if (std::optional<TrackedWindow> window = loop.push(std::move(memo), *geometry)) {
      settler.add(window->tracked, window->span, window->masks_of);
    }
    return settler.settle(loop.settled());
  }

  void check(const Frame& frame, const std::string& place) const {
    const Tensor& pixels = frame.pixels;
    if (!pixels.defined() || pixels.dim() != 3 || pixels.size(0) != 3 ||
        pixels.scalar_type() != at::kByte) {
      throw InputError("a frame must be uint8 RGB [3, H, W]", place);
    }
    if (plan.still_pictures && loop.frames() > 0) {
      throw InputError(
          cat(plan.tracker->called(), " accepts one picture only, and this is the second"), place,
          "open a separate stream for each picture");
    }
  }

  FrameMemo encode_frame(const Frame& frame, const std::string& place) {
    Preprocessed input;
    clock.run("preprocess", "preprocess", place,
              [&] { input = preprocess(frame.pixels, plan.preprocess); });
    const Size size{frame.pixels.size(1), frame.pixels.size(2)};
    input.geometry.output = video.output.value_or(size);
    if (!geometry) geometry = input.geometry;
    if (!(*geometry == input.geometry)) {
      throw InputError(cat("the frame is ", size.width, "x", size.height,
                           ", but the video began with another size"),
                       place, "all frames must have the same size; resize them beforehand");
    }
    FrameMemo memo = encode(parts, input, context, clock);
    const auto make_again = [&]() -> MemoStore::Again {
      // The caller may use the frame's memory again.
      return [&parts = parts, pixels = frame.pixels.clone(), geometry = *geometry] {
        return encode_again(parts, pixels, geometry);
      };
    };
    store.keep(memo, make_again, static_cast<int64_t>(frame.pixels.nbytes()));
    return memo;
  }

  Finished finish() {
    if (finished) throw Error("the stream is finished already");
    if (loop.frames() == 0) throw InputError("the video has no frames", video.name);
    finished = true;
    c10::InferenceMode inference;
    parts.use_threads();
    clock.set_place(video.name.empty() ? "the last window" : video.name);
    for (const TrackedWindow& window : loop.finish()) {
      settler.add(window.tracked, window.span, window.masks_of);
    }
    std::vector<SettledFrame> settled = settler.finish();
    return {settler.result(loop.frames(), geometry->output), std::move(settled)};
  }
};

Stream Pipeline::open(const VideoInfo& video) const {
  return Stream(std::make_unique<Stream::Implementation>(*implementation_, video));
}

Stream::Stream(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream::~Stream() = default;

std::vector<SettledFrame> Stream::push(const Frame& frame) { return implementation_->push(frame); }
Finished Stream::finish() { return implementation_->finish(); }
const StageTimes& Stream::times() const { return implementation_->clock.times(); }

MemoryUse Stream::memory() const {
  MemoryUse use;
  implementation_->store.report(use);
  if (const Spool* spool = implementation_->settler.spool()) {
    use.mask_bytes = spool->bytes_in_memory();
    use.mask_file_bytes = spool->bytes_in_file();
  }
  return use;
}

std::optional<int64_t> Stream::latency() const {
  const Plan& plan = implementation_->plan;
  if (!plan.window.length || plan.tracker_contract().defers) return {};
  return *plan.window.length - 1;
}

}  // namespace clipwork
