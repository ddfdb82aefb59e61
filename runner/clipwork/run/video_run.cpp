#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/failure.h>
#include <clipwork/host/log.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/progress.h>
#include <clipwork/host/report.h>
#include <clipwork/host/results_file.h>
#include <clipwork/output_file.h>
#include <clipwork/runs/drawing.h>
#include <clipwork/runs/video_run.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "data/input.h"
#include "run/frame_reader.h"
#include "run/memory_watch.h"
#include "run/part_source.h"
#include "run/push_frames.h"
#include "run/result_stream.h"
#include "run/run_facts.h"
#include "show/live_drawing.h"
#include "show/run_folder.h"

namespace clipwork::runs {
namespace {
namespace fs = std::filesystem;

constexpr double kRateWithoutClock = 10;

/// One run, from the input to what lies in its folder.
class Run {
 public:
  Run(const VideoRunRequest& request, const Config& config)
      : request_(request),
        config_(config),
        input_(parse_input(request.input)),
        folder_(request.out,
                request.overwrite ? RunFolder::Existing::replace : RunFolder::Existing::refuse),
        source_(open_input()),
        plan_(plan_pipeline(config)),
        pipeline_(plan_),
        note_(note_of(pipeline_)),
        kept_classes_(classes_of(request.classes)) {}

  VideoRunReport run(const std::function<bool()>& stop);

 private:
  const VideoRunRequest request_;
  const Config config_;
  Input input_;
  RunFolder folder_;
  std::shared_ptr<Source> source_;  // before the pipeline: a bad input need not wait for weights
  Plan plan_;
  Pipeline pipeline_;
  std::string note_, config_text_;
  std::set<int64_t> kept_classes_;  ///< places in [classes]; empty: all
  std::function<bool()> stop_ = [] { return false; };
  MemoryWatch memory_watch_;

  std::optional<FrameReader> reader_;
  std::optional<Frame> first_frame_;  // until its turn comes
  std::optional<Drawing> drawing_;
  std::optional<ResultStream> stream_;
  std::deque<double> unsettled_;  ///< times of the frames that are not in `stream_` yet
  std::optional<Error> failure_;
  bool interrupted_ = false;
  double first_seconds_ = 0, last_seconds_ = 0;
  RunFacts facts_;
  std::vector<ShownTrack> tracks_;
  std::vector<ReportTrack> lanes_;

  std::shared_ptr<Source> open_input() const;
  std::set<int64_t> classes_of(const std::vector<std::string>& names) const;
  void keep_classes(std::vector<ResultRow>& rows) const;
  void add_to_stream(const std::vector<SettledFrame>& settled);
  void begin();
  void follow_video();
  void follow_pictures();
  std::optional<Frame> next_frame();
  bool draw_again(const Result& result);
  void finish_outputs();
  std::optional<int64_t> expected() const;
  double rate() const;
  std::optional<double> known_end() const;
  double end_seconds() const;
  void fail(const std::exception& error);
  std::string reason() const;
  VideoRunReport end();
};

std::shared_ptr<Source> Run::open_input() const {
  Input input = input_;
  if (request_.fps) {
    if (input.source != "images" && input.source != "stdin") {
      throw InputError("--fps is for pictures, which have no times of their own", input.text,
                       "--every N reads every N-th frame of a video");
    }
    input.parameters.set("rate", *request_.fps);
  }
  const PartSource::Part part{request_.start, request_.end, request_.every};
  const std::shared_ptr<Source> source = input.open(config_.find("output.bad_frames"));
  return part.whole() ? source : std::make_shared<PartSource>(source, part);
}

std::set<int64_t> Run::classes_of(const std::vector<std::string>& names) const {
  const std::vector<std::string>& known = pipeline_.classes().names;
  std::set<int64_t> places;
  for (const std::string& name : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      throw InputError(cat("the config has no class '", name, "'"), "--classes",
                       did_you_mean_or(name, known, cat("classes: ", join(known))));
    }
    places.insert(found - known.begin());
  }
  return places;
}

void Run::keep_classes(std::vector<ResultRow>& rows) const {
  if (kept_classes_.empty()) return;
  std::erase_if(rows, [&](const ResultRow& row) { return !kept_classes_.contains(row.category); });
}

void Run::add_to_stream(const std::vector<SettledFrame>& settled) {
  if (!stream_) return;
  for (const SettledFrame& frame : settled) {
    stream_->add(frame.index, unsettled_.front(), frame.size, frame.rows, [&](int64_t track) {
      const auto found = std::find_if(frame.masks.begin(), frame.masks.end(),
                                      [&](const auto& mask) { return mask.track == track; });
      return found == frame.masks.end() ? std::nullopt : std::optional(found->mask);
    });
    unsettled_.pop_front();
  }
}

/// Everything that can be refused is refused before the folder is touched, the first frame
/// included.
void Run::begin() {
  const WindowSection& window = pipeline_.window();
  if (input_.source == "camera" && !window.length) {
    throw InputError("a window over the whole video never ends for a camera", input_.text,
                     "set window.length to a number, or record a video first");
  }
  reader_.emplace(source_, request_.max_frames, stop_);
  first_frame_ = reader_->next();
  if (!first_frame_) {
    if (stop_()) throw Error("interrupted", {}, {}, ExitCode::interrupted);
    std::string problem = "no frames can be read";
    for (const std::string& remark : source_->remarks()) problem += "; " + remark;
    throw InputError(problem, input_.text);
  }
  first_seconds_ = last_seconds_ = first_frame_->seconds;
  facts_.size = {first_frame_->pixels.size(1), first_frame_->pixels.size(2)};

  std::vector<std::pair<std::string, std::string>> facts = {
      {"config", request_.config}, {"input", input_.text}, {"weights", pipeline_.weights_origin()}};
  if (!note_.empty()) facts.emplace_back("note", note_);
  folder_.begin(facts);
  config_text_ = cat(note_.empty() ? "" : cat("# ", note_, "\n"), plan_.resolved.toml(true));
  write_file(folder_ / "config.toml", config_text_);
  if (!note_.empty()) log_warn(note_);
  if (!request_.stream.empty()) stream_.emplace(request_.stream, pipeline_.classes());
}

std::optional<Frame> Run::next_frame() {
  std::optional<Frame> frame =
      first_frame_ ? std::exchange(first_frame_, std::nullopt) : reader_->next();
  if (frame) last_seconds_ = frame->seconds;
  return frame;
}

void Run::fail(const std::exception& error) {
  // Later failures follow from the first.
  if (!failure_) failure_ = failure_of(error);
}

void Run::follow_video() {
  VideoInfo video;
  video.frames = expected();
  Stream stream = pipeline_.open(video);
  const OutputSection& output = pipeline_.output();
  const bool draws = output.ids || output.overlay || output.pictures;
  // A file is read a second time, to show the final results. An input that cannot be, or whose
  // masks are not kept, is drawn as it settles.
  std::optional<LiveDrawing> live;
  if ((draws && !input_.rereadable) || !pipeline_.run().keep_result) {
    drawing_.emplace(folder_.path(), pipeline_.output(), rate(), note_);
    live.emplace(*drawing_, pipeline_.classes());
  }
  {
    Progress progress("frames", expected());
    auto next = [&] {
      std::optional<Frame> frame = next_frame();
      if (frame && live) live->hold(*frame);
      if (frame && stream_) unsettled_.push_back(frame->seconds);
      return frame;
    };
    auto pushed = [&](std::vector<SettledFrame> settled) {
      ++facts_.frames;
      progress.advance();
      for (SettledFrame& one : settled) keep_classes(one.rows);
      add_to_stream(settled);
      if (live) live->add(std::move(settled));
    };
    try {
      push_frames(stream, next, pushed);
    } catch (const std::exception& error) {
      fail(error);
    }
    progress.finish();
  }
  interrupted_ = stop_();
  if (interrupted_ || failure_) {
    // Said now: a second Ctrl-C ends the program before the outputs are written.
    if (interrupted_)
      log_warn("interrupted; writing the results so far, press Ctrl-C again to exit at once");
    folder_.state("incomplete", reason(), {{"frames", facts_.frames}}, {});
  }

  std::optional<Result> result;
  try {
    Finished finished = stream.finish();
    result = std::move(finished.result);
    keep_classes(result->rows);
    for (SettledFrame& one : finished.settled) keep_classes(one.rows);
    add_to_stream(finished.settled);
    if (live) live->add(std::move(finished.settled));
  } catch (const std::exception& error) {
    fail(error);
  }
  try {
    if (live) live->finish(end_seconds());
  } catch (const std::exception& error) {
    fail(error);
  }
  add_times(facts_.times, {{{"read", reader_->seconds(), 0, facts_.frames}}});
  add_times(facts_.times, stream.times());
  facts_.memory = stream.memory();
  if (!result) return;
  facts_.tracks = best_row_per_track(result->rows);
  tracks_ = shown_tracks(result->rows, pipeline_.classes());
  if (result->spool) {
    ResultsFile file(folder_ / "results.json", note_);
    file.add(1, *result, pipeline_.classes());
    file.commit();
  } else {
    facts_.remarks.push_back("results.json was not written: run.keep_result = false");
  }
  // Masks are looked at once more only where they were not all drawn.
  const bool drawn = live || (draws && draw_again(*result));
  lanes_ = drawn ? drawing_->lanes(tracks_) : lanes(*result, tracks_);
}

/// Image models: every picture is a video of its own, and its tracks are numbered on their own.
void Run::follow_pictures() {
  Progress progress("pictures", expected());
  ResultsFile file(folder_ / "results.json", note_);
  drawing_.emplace(folder_.path(), pipeline_.output(), rate(), note_);
  try {
    while (const std::optional<Frame> frame = next_frame()) {
      Stream stream = pipeline_.open();
      stream.push(*frame);
      Result result = stream.finish().result;
      keep_classes(result.rows);
      const auto mask_of = [&](int64_t track) { return result.mask(track, 0); };
      if (stream_) stream_->add(frame->index, frame->seconds, result.size, result.rows, mask_of);
      file.add(facts_.frames + 1, result, pipeline_.classes());
      const std::vector<ShownTrack> tracks = shown_tracks(result.rows, pipeline_.classes());
      drawing_->add(*frame, tracks, mask_of);
      for (const ShownTrack& track : tracks) {
        lanes_.push_back(
            {track.track, track.category, track.score, {{frame->index, frame->index + 1}}});
      }
      add_times(facts_.times, stream.times());
      ++facts_.frames;
      progress.advance();
    }
  } catch (const std::exception& error) {
    fail(error);
  }
  progress.finish();
  interrupted_ = stop_();
  add_times(facts_.times, {{{"read", reader_->seconds(), 0, facts_.frames}}});
  file.commit();
  drawing_->finish(end_seconds());
}

/// Returns false where it was stopped.
bool Run::draw_again(const Result& result) {
  drawing_.emplace(folder_.path(), pipeline_.output(), rate(), note_);
  // The first Ctrl-C may have been used up: then what was done is drawn, all of it.
  auto stop = [this] { return !interrupted_ && stop_(); };
  FrameReader again(open_input(), result.frames, stop);
  Progress progress("frames drawn", result.frames);
  int64_t index = 0;
  double end = 0;
  for (; index < result.frames; ++index) {
    const std::optional<Frame> frame = again.next();
    if (!frame) {
      if (!stop()) throw Error("the input became shorter while it was being read", input_.text);
      interrupted_ = true;
      break;
    }
    end = frame->seconds + 1 / rate();
    drawing_->add(*frame, tracks_, [&](int64_t track) { return result.mask(track, index); });
    progress.advance();
  }
  drawing_->finish(index == result.frames ? end_seconds() : end);
  progress.finish();
  return index == result.frames;
}

std::optional<int64_t> Run::expected() const {
  const std::optional<int64_t> count = source_->count();
  if (request_.max_frames == 0) return count;
  return std::min(request_.max_frames, count.value_or(request_.max_frames));
}

double Run::rate() const {
  if (source_->rate() > 0) return source_->rate();
  const double span = last_seconds_ - first_seconds_;
  return facts_.frames > 1 && span > 0 ? static_cast<double>(facts_.frames - 1) / span
                                       : kRateWithoutClock;
}

/// The end of the last frame; nothing where the source does not say, or went on reading ahead.
std::optional<double> Run::known_end() const {
  return interrupted_ || failure_ ? std::nullopt : source_->end_seconds();
}

double Run::end_seconds() const { return known_end().value_or(last_seconds_ + 1 / rate()); }

void Run::finish_outputs() {
  facts_.config = request_.config;
  facts_.input = input_.text;
  facts_.note = note_;
  facts_.rate = source_->rate();
  // The rate that a file names says little where it varies.
  if (const std::optional<double> end = known_end(); end && *end > first_seconds_) {
    facts_.rate = static_cast<double>(facts_.frames) / (*end - first_seconds_);
  }
  facts_.peak_anonymous_bytes = memory_watch_.peak_bytes();
  for (const std::string& remark : source_->remarks()) facts_.remarks.push_back(remark);
  if (drawing_) {
    for (const std::string& remark : drawing_->remarks()) facts_.remarks.push_back(remark);
    add_times(facts_.times, {{{"draw", drawing_->seconds(), 0, facts_.frames}}});
  }
  for (const std::string& remark : facts_.remarks) log_warn(remark);
  write_stats(folder_ / "stats.json", facts_, pipeline_);
  if (!pipeline_.output().report) return;

  Report report;
  report.title = input_.title;
  if (!note_.empty()) report.notes.push_back(note_);
  if (!reason().empty()) report.notes.push_back("incomplete: " + reason());
  if (drawing_ && pipeline_.output().overlay && !drawing_->poster().empty()) {
    report.video = folder_ / "overlay.mp4";
    report.poster = drawing_->poster();
    report.starts = drawing_->starts();
  }
  report.frames = facts_.frames;
  report.tracks = lanes_;
  report.facts = facts_for_people(facts_, pipeline_);
  report.times = facts_.times;
  report.remarks = facts_.remarks;
  report.config = config_text_;
  write_report(folder_ / "report.html", report);
}

/// Why the run is incomplete; empty where it is complete.
std::string Run::reason() const {
  if (failure_) return failure_->what();
  if (!interrupted_) return {};
  return cat("interrupted after ", counted(facts_.frames, "frame"));
}

VideoRunReport Run::end() {
  folder_.state(reason().empty() ? "complete" : "incomplete", reason(), {{"frames", facts_.frames}},
                facts_.remarks);
  if (failure_) log(LogLevel::error, failure_->what());
  return {folder_.path(), note_, facts_.frames, interrupted_, failure_, reason()};
}

VideoRunReport Run::run(const std::function<bool()>& stop) {
  if (stop) stop_ = stop;
  begin();
  const auto start = std::chrono::steady_clock::now();
  try {
    if (pipeline_.still_pictures()) {
      follow_pictures();
    } else {
      follow_video();
    }
    facts_.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    finish_outputs();
  } catch (const std::exception& error) {
    fail(error);
  }
  return end();
}

}  // namespace

struct VideoRun::Implementation : Run {
  using Run::Run;
};

VideoRun::VideoRun(const VideoRunRequest& request, const Config& config)
    : implementation_(std::make_unique<Implementation>(request, config)) {}

VideoRun::~VideoRun() = default;

VideoRunReport VideoRun::run(const std::function<bool()>& stop) {
  return implementation_->run(stop);
}

}  // namespace clipwork::runs
