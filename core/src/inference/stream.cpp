#include <clipwork/host/pipeline.h>
#include <clipwork/parallel.h>
#include <sys/resource.h>

#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <chrono>
#include <deque>

#include "inference/blend.h"
#include "inference/encode_frame.h"
#include "inference/memo_store.h"
#include "inference/spool.h"
#include "inference/track_set.h"
#include "inference/windows.h"

namespace clipwork {

namespace {

double user_cpu_seconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The tracker's decision, for decoders that use it.
Observation seen(const Tracked& tracked, int64_t window_frames) {
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
  for (int t = 0; t < window_frames; ++t) {
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
      : pipeline(shared),
        plan(shared.plan),
        video(info),
        random(static_cast<uint64_t>(shared.plan.run.seed)),
        context{false, random, world},
        store(shared.plan.memory, frames_at_once(shared.plan.window, info.frames)),
        edges(shared.plan.window),
        blend(shared.plan.tracks.blend),
        tracks(shared.plan.tracks, shared.plan.classes.count()),
        decoder_state(shared.decoder->make_state(1)),
        tracker_state(shared.tracker->make_state(1)) {
    if (plan.run.keep_result) spool = std::make_shared<Spool>(plan.memory.masks_mb << 20);
  }

  const Pipeline::Implementation& pipeline;
  const Plan& plan;
  VideoInfo video;
  Generators random;
  Communicator world;
  Context context;

  MemoStore store;
  WindowEdges edges;
  Blend blend;
  TrackSet tracks;
  std::shared_ptr<Spool> spool;
  std::unique_ptr<State> decoder_state, tracker_state;
  bool finished = false;

  // Memos of the frames that a window may still need.
  std::deque<FrameMemo> memos;
  std::deque<Geometry> geometry;
  int64_t first_memo = 0;
  std::optional<Geometry> video_geometry;
  // Tracks that ended, by the frame behind the last that may show them.
  std::deque<std::pair<int64_t, std::vector<int64_t>>> ended;
  // Windows of a tracker that defers.
  std::vector<WindowSpan> deferred;
  StageTimes times;

  std::string where(const Frame& frame) const {
    std::string name = frame.name.empty() ? cat("frame ", edges.frames()) : frame.name;
    return video.name.empty() ? name : cat(video.name, ", ", name);
  }

  /// Runs one stage: measures it, and puts place and component into what it throws.
  template <class Call>
  auto stage(const char* name, const PlannedComponent* component, const std::string& place,
             Call call) {
    auto entry = std::find_if(times.stages.begin(), times.stages.end(),
                              [&](const StageTimes::Stage& s) { return s.name == name; });
    if (entry == times.stages.end()) entry = times.stages.insert(entry, {name});
    double wall = wall_seconds(), cpu = user_cpu_seconds();
    std::string who =
        component ? cat(component->info->kind, " '", component->info->name, "'") : name;
    try {
      auto result = call();
      entry->wall_seconds += wall_seconds() - wall;
      entry->cpu_seconds += user_cpu_seconds() - cpu;
      ++entry->calls;
      return result;
    } catch (Error& error) {
      error.within(who);
      error.within(place);
      throw;
    } catch (const c10::Error& error) {
      throw Error(error.what_without_backtrace(), cat(place, ", ", who));
    } catch (const std::exception& error) {
      throw Error(error.what(), cat(place, ", ", who));
    }
  }

  std::vector<SettledFrame> push(const Frame& frame) {
    if (finished) throw Error("the stream is finished; open another for the next video");
    c10::InferenceMode inference;
    use_threads();
    std::string place = where(frame);
    check(frame, place);
    TapScope taps(video.listener, {edges.frames(), -1});
    encode(frame, place);
    if (std::optional<WindowSpan> span = edges.push()) run_window(*span, place);
    drop_memos();
    return settle(false);
  }

  void use_threads() const {
    if (at::get_num_threads() != pipeline.threads) set_threads_here(pipeline.threads);
  }

  void check(const Frame& frame, const std::string& place) const {
    const Tensor& pixels = frame.pixels;
    if (!pixels.defined() || pixels.dim() != 3 || pixels.size(0) != 3 ||
        pixels.scalar_type() != at::kByte) {
      throw InputError("a frame must be uint8 RGB [3, H, W]", place);
    }
    if (plan.still_pictures && edges.frames() > 0) {
      throw InputError(cat("tracker '", plan.tracker->info->name,
                           "' accepts one picture only, and this is the second"),
                       place, "open a separate stream for each picture");
    }
  }

  void encode(const Frame& frame, const std::string& place) {
    Preprocessed input = stage("preprocess", nullptr, place,
                               [&] { return preprocess(frame.pixels, plan.preprocess); });
    Size size{frame.pixels.size(1), frame.pixels.size(2)};
    input.geometry.output = video.output.value_or(size);
    if (!video_geometry) video_geometry = input.geometry;
    if (!(*video_geometry == input.geometry)) {
      throw InputError(cat("the frame is ", size.width, "x", size.height,
                           ", but the video began with another size"),
                       place, "all frames must have the same size; resize them beforehand");
    }
    FrameMemo memo = encode_frame(pipeline, input, context,
                                  [&](const char* name, const PlannedComponent* component,
                                      auto call) { return stage(name, component, place, call); });
    // The caller may use the frame's memory again.
    store.keep(memo, FrameAgain(pipeline, frame.pixels.clone(), input.geometry),
               static_cast<int64_t>(frame.pixels.nbytes()));
    memos.push_back(std::move(memo));
    geometry.push_back(input.geometry);
  }

  void run_window(const WindowSpan& span, const std::string& place) {
    TapScope taps(video.listener, {-1, span.index});
    tap_made([&] { return at::full({1}, span.first, at::kLong); }, "windows.first");
    tap_made([&] { return at::full({1}, span.end - span.first, at::kLong); }, "windows.frames");
    auto from = span.first - first_memo, to = span.end - first_memo;
    std::vector<FrameMemo> window_memos(memos.begin() + from, memos.begin() + to);
    std::vector<Geometry> window_geometry(geometry.begin() + from, geometry.begin() + to);
    Window window{span.first, window_memos, window_geometry, span.head, span.tail};
    ClipPrediction prediction = stage("decode", plan.decoder, place, [&] {
      Tensors start =
          pipeline.tracker->propose(pipeline.decoder->start(1), *tracker_state, context);
      return pipeline.decoder->decode(window, start, *decoder_state, context);
    });
    Tracked tracked = stage("track", plan.tracker, place, [&] {
      return pipeline.tracker->track(std::move(prediction), window, *tracker_state, context);
    });
    if (pipeline.observes()) {
      stage("observe", plan.decoder, place, [&] {
        pipeline.decoder->observe(seen(tracked, window.length()), *decoder_state, context);
        return true;
      });
    }
    if (plan.tracker_contract().defers) {
      deferred.push_back(span);
    } else {
      take(tracked, span);
    }
  }

  void take(const Tracked& tracked, const WindowSpan& span) {
    tracks.add_window(tracked, std::max(span.first, span.settled));
    blend.add(tracked, span.end - span.first, span.settled);
    if (!spool && !tracked.ended.empty()) ended.emplace_back(span.end, tracked.ended);
  }

  void drop_memos() {
    while (first_memo < edges.needed_from() && !memos.empty()) {
      memos.pop_front();
      geometry.pop_front();
      ++first_memo;
    }
  }

  /// Renders the frames that no later window changes. While windows follow, every row may still
  /// enter the ranking.
  std::vector<SettledFrame> settle(bool last) {
    std::vector<SettledFrame> settled;
    int64_t until = plan.tracker_contract().defers && !last ? 0 : edges.settled();
    until = std::min(until, blend.end());
    if (blend.begin() >= until) return settled;
    std::vector<int64_t> wanted;
    bool all = !last && plan.tracks.keep == 0;
    if (!all) wanted = last ? tracks.ranked_tracks() : tracks.best(plan.tracks.keep);
    for (int64_t index = blend.begin(); index < until; ++index) {
      settled.push_back(stage("settle", nullptr,
                              cat(video.name, video.name.empty() ? "" : ", ", "frame ", index),
                              [&] { return render(index, all ? nullptr : &wanted); }));
    }
    blend.drop_before(until);
    keep_ranked(settled);
    forget_ended(until);
    return settled;
  }

  /// If results are not kept, tracks whose last frames are settled are dropped as well.
  void forget_ended(int64_t settled) {
    for (; !ended.empty() && ended.front().first <= settled; ended.pop_front()) {
      tracks.forget_unranked(ended.front().second);
    }
  }

  SettledFrame render(int64_t index, const std::vector<int64_t>* wanted) {
    const std::vector<int64_t> all = blend.tracks(index);
    std::vector<int64_t> present = all;
    Tensor told = hear_masks(index, all);
    if (wanted) {
      std::vector<int64_t> both;
      std::set_intersection(present.begin(), present.end(), wanted->begin(), wanted->end(),
                            std::back_inserter(both));
      present = std::move(both);
    }
    SettledFrame frame;
    frame.index = index;
    frame.size = blend.geometry(index).output;
    if (present.empty()) return frame;
    Blend::Mean mean =
        told.defined() ? masks_told(index, told, all, present) : blend.mean(index, present);
    Rendered rendered = mean.masks->render(mean.local, mean.pairs, plan.tracks.quality);
    if (plan.tracks.quality != Quality::none) tracks.add_quality(present, rendered.quality);
    for (size_t i = 0; i < present.size(); ++i) {
      if (rendered.masks[i].empty()) continue;
      if (spool) tracks.add_mask(present[i], index, spool->put(rendered.masks[i]));
      frame.masks.push_back({present[i], std::move(rendered.masks[i])});
    }
    return frame;
  }

  /// For listeners only: the masks of all tracks in a settled frame, [tracks, h, w], as they go
  /// into the output. Gives what a listener put in their place, or an undefined tensor: masks that
  /// are only heard stay as they are, with whatever way of rendering they have.
  Tensor hear_masks(int64_t index, const std::vector<int64_t>& all) const {
    if (all.empty()) return {};
    TapScope taps(video.listener, {index, -1});
    Tensor made;
    Tensor told = tap_made(
        [&] {
          Blend::Mean mean = blend.mean(index, all);
          made = mean.masks->values(mean.local, mean.pairs);
          return made;
        },
        "tracks.masks");
    return told.defined() && told.is_same(made) ? Tensor() : told;
  }

  /// A listener's masks `told` of tracks `all`, for the tracks `present` among them.
  Blend::Mean masks_told(int64_t index, const Tensor& told, const std::vector<int64_t>& all,
                         const std::vector<int64_t>& present) const {
    std::vector<int64_t> rows;
    for (int64_t track : present) {
      rows.push_back(std::lower_bound(all.begin(), all.end(), track) - all.begin());
    }
    MaskForm form = blend.mean(index, present).masks->form();
    return {dense_masks(told.unsqueeze(0).unsqueeze(2), {blend.geometry(index)}, form), 0,
            Pairs::of(rows)};
  }

  /// Only masks of the currently ranked rows are output.
  void keep_ranked(std::vector<SettledFrame>& settled) const {
    std::vector<ResultRow> rows = tracks.ranking();
    for (SettledFrame& frame : settled) {
      std::erase_if(frame.masks, [&](const SettledFrame::Mask& mask) {
        return std::none_of(rows.begin(), rows.end(),
                            [&](const ResultRow& row) { return row.track == mask.track; });
      });
      frame.rows = rows;
    }
  }

  Result finish(std::vector<SettledFrame>* settled) {
    if (finished) throw Error("the stream is finished already");
    if (edges.frames() == 0) throw InputError("the video has no frames", video.name);
    finished = true;
    c10::InferenceMode inference;
    use_threads();
    std::string place = video.name.empty() ? "the last window" : video.name;
    if (std::optional<WindowSpan> span = edges.finish()) run_window(*span, place);
    if (plan.tracker_contract().defers) take_deferred(place);
    drop_memos();
    hear_scores();
    std::vector<SettledFrame> rest = settle(true);
    if (settled) *settled = std::move(rest);
    Result result;
    result.frames = edges.frames();
    result.size = video_geometry->output;
    result.rows = tracks.ranking();
    result.tracks = tracks.tracks();
    result.spool = spool;
    return result;
  }

  /// For listeners only: the scores of all tracks over the whole video.
  void hear_scores() {
    if (tracks.tracks().empty()) return;
    TapScope taps(video.listener);
    Tensor told = tap_made([&] { return tracks.joined_scores(); }, "tracks.class_scores");
    if (told.defined()) tracks.replace_scores(told);
  }

  void take_deferred(const std::string& place) {
    std::vector<Tracked> windows = stage("track", plan.tracker, place, [&] {
      return pipeline.tracker->finish(*tracker_state, context);
    });
    if (windows.size() != deferred.size()) {
      throw Error(cat("tracker '", plan.tracker->info->name, "' returned ", windows.size(),
                      " windows, expected ", deferred.size()),
                  place);
    }
    for (size_t i = 0; i < windows.size(); ++i) take(windows[i], deferred[i]);
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
Result Stream::finish(std::vector<SettledFrame>* settled) {
  return implementation_->finish(settled);
}
const StageTimes& Stream::times() const { return implementation_->times; }

MemoryUse Stream::memory() const {
  MemoryUse use;
  implementation_->store.report(use);
  if (const Spool* spool = implementation_->spool.get()) {
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
