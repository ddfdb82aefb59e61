#include <clipwork/dataset.h>
#include <clipwork/host/digest.h>
#include <clipwork/host/log.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/progress.h>
#include <clipwork/output_file.h>
#include <clipwork/runs/dataset_run.h>
#include <clipwork/runs/shown_video.h>
#include <clipwork/text.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>

#include "data/data_faults.h"
#include "data/dataset_source.h"
#include "data/split_data.h"
#include "run/deciding_values.h"
#include "run/finished_videos.h"
#include "run/frame_reader.h"
#include "run/longest_video.h"
#include "run/memory_watch.h"
#include "run/push_frames.h"
#include "run/run_facts.h"
#include "show/run_folder.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kDrawnRate = 10;  // picture files have no clock

/// The values of a config that results depend on, a line each.
std::vector<std::string> decisive(const Config& config) {
  return value_lines(config, affects_results);
}

/// Throws InputError, naming what differs, where the folder has the videos of another config.
void check_same_config(const fs::path& folder, const Config& config) {
  std::error_code failed;
  if (!fs::exists(folder / "config.toml", failed)) return;
  const std::vector<std::string> ours = decisive(config);
  // Parameters that its version did not have yet are at their defaults.
  const std::vector<std::string> theirs =
      decisive(plan_pipeline(load_config((folder / "config.toml").string())).resolved);
  std::vector<std::string> here, there;
  std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                      std::back_inserter(here));
  std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(),
                      std::back_inserter(there));
  if (here.empty() && there.empty()) return;
  throw InputError(cat("the folder belongs to a run with another config: in the folder ",
                       there.empty() ? "not " : "", there.empty() ? here.front() : there.front(),
                       here.empty() ? "" : cat(", now ", here.front())),
                   folder.string(),
                   "choose another --out, or use --overwrite to run all videos again; `clipwork "
                   "config diff` shows all differences");
}

/// The config with the videos of its data set cut into clips of one window each.
Config with_clips(const Plan& plan) {
  const Value* videos = plan.config.find(kEvaluationData);
  if (!videos) return plan.config;
  if (!plan.window.length) {
    throw InputError("--clips needs windows of a fixed length, but window.length is \"video\"",
                     plan.config.files().empty() ? std::string() : plan.config.files().back(),
                     "set window.length to the number of frames of a clip");
  }
  Value clips = Value::table();
  clips.set("type", "subsequences");
  clips.set("frames", *plan.window.length);
  clips.set("dataset", *videos);
  Value tree = plan.config.tree();
  tree.set(kEvaluationData, clips);
  return Config(tree, plan.config.files());
}

/// One run over a split, from the config to the table.
class SplitRun {
 public:
  SplitRun(const DatasetRunRequest& request, const Plan& plan)
      : request_(request),
        config_(with_absolute_data(plan.resolved)),
        data_(open_split(plan.config)),
        folder_(request.out,
                request.overwrite ? RunFolder::Existing::replace : RunFolder::Existing::keep),
        own_(request.shard.whole() ? folder_
                                   : RunFolder(folder_ / "shards" / request.shard.name(),
                                               RunFolder::Existing::keep)) {
    if (!request.overwrite) check_same_config(folder_.path(), config_);
    pipeline_.emplace(plan);
    for (const auto& component : plan.data) {
      if (component->place.starts_with(kEvaluationData)) {
        data_plugins_.insert(component->info->plugin);
      }
    }
    note_ = note_of(*pipeline_);
    check();
    report_data_faults();
    if (request_.score.strict && !note_.empty()) {
      throw InputError(note_, request_.config, "with --strict, this is an error");
    }
  }

  DatasetRunReport run(const std::function<bool()>& stop);

 private:
  const DatasetRunRequest request_;
  Config config_;
  SplitData data_;
  RunFolder folder_, own_;  // of all, and of this shard
  std::optional<Pipeline> pipeline_;
  std::set<std::string> data_plugins_;  ///< names
  std::string note_;
  std::function<bool()> stop_ = [] { return false; };
  std::optional<FinishedVideos> finished_;
  std::vector<int64_t> mine_;  ///< indices of the videos of this shard
  std::vector<std::string> failed_;
  size_t data_faults_ = 0;                 ///< reported so far
  std::vector<std::string> data_remarks_;  ///< about these
  std::optional<Error> failure_;
  std::optional<Scores> scores_;
  bool interrupted_ = false;
  MemoryWatch memory_watch_;
  MemoryUse memory_;  ///< the most of each kind that a video of this process had

  const VideoEntry& video(int64_t index) const {
    return data_.dataset->videos()[static_cast<size_t>(index)];
  }
  int64_t finished_of_mine() const;
  ResultForm form() const {
    return data_.dataset->pictures() ? ResultForm::picture : ResultForm::video;
  }
  void check() const;
  std::map<std::string, std::string> plugin_hashes() const;
  void report_data_faults();
  std::vector<std::string> remarks() const;
  void begin();
  void follow_videos();
  bool follow(int64_t index, Progress& progress);
  void note_memory(const MemoryUse& use);
  void draw(int64_t index, const Result& result) const;
  void join_results();
  void score();
  Costs costs() const;
  void write_stats();
  std::string reason() const;
  DatasetRunReport end();
};

/// Everything that can be refused is refused before the folder is touched.
void SplitRun::check() const {
  if (!request_.score.class_agnostic) {
    check_classes(data_.dataset->categories(), pipeline_->classes(), data_.name,
                  ClassUse::evaluation);
  }
  if (data_.dataset->pictures()) check_picture_options(request_.score, data_.name);
  if (!pipeline_->run().keep_result) {
    throw InputError("run.keep_result = false discards the results needed for a score", data_.name,
                     "set it to true to run on a data set");
  }
  if (pipeline_->output().bad_frames == OutputSection::BadFrames::skip) {
    throw InputError(
        "output.bad_frames = \"skip\" leaves out frames, but results of a data set need an entry "
        "for every frame",
        data_.name,
        "set it to \"stop\": a video with an unreadable frame is then skipped and reported");
  }
  for (const VideoEntry& one : data_.dataset->videos()) {
    if (!pipeline_->still_pictures() || one.length == 1) continue;
    throw InputError(cat(called(one), " has ", one.length,
                         " frames, but the config is an image model, which does not link them"),
                     data_.name,
                     "use a tracker that does, for example --set model.tracker.type=iou");
  }
}

/// Objects may be read late, and faults be found with them.
void SplitRun::report_data_faults() {
  const std::vector<DatasetFault> faults = data_.dataset->faults();
  if (faults.size() == data_faults_) return;
  data_faults_ = faults.size();
  data_remarks_ = report_faults(kEvaluationData, faults, request_.score.strict);
}

/// Everything that must be known with the results.
std::vector<std::string> SplitRun::remarks() const {
  std::vector<std::string> remarks = data_remarks_;
  remarks.insert(remarks.end(), failed_.begin(), failed_.end());
  return remarks;
}

/// SHA-256 of the plugins that compute results: those of the model and of the data set.
std::map<std::string, std::string> SplitRun::plugin_hashes() const {
  std::set<std::string> names = data_plugins_;
  for (const PipelineComponent& component : pipeline_->components()) names.insert(component.plugin);
  std::map<std::string, std::string> hashes;
  for (const PluginInfo& plugin : Registry::instance().plugins()) {
    if (plugin.loaded && !plugin.sha256.empty() && names.count(plugin.name)) {
      hashes[plugin.name] = plugin.sha256;
    }
  }
  return hashes;
}

void SplitRun::begin() {
  const fs::path videos = folder_ / "videos";
  const RunIdentity identity{sha256(join(decisive(config_), "\n") + "\n"),
                             pipeline_->weights_identity(), data_.hash, plugin_hashes()};
  if (!request_.overwrite) finished_.emplace(videos, identity);

  std::vector<std::pair<std::string, std::string>> facts = {
      {"config", request_.config},
      {"input", cat("dataset:", data_.name)},
      {"weights", pipeline_->weights_origin()},
      {"split_hash", data_.split_hash},
      {"data_hash", data_.hash},
  };
  if (!request_.shard.whole()) facts.emplace_back("shard", request_.shard.text());
  if (!note_.empty()) facts.emplace_back("note", note_);
  own_.begin(facts);
  // Earlier scores may cover more or fewer videos.
  std::error_code ignored;
  for (const char* old : {"results.json", "submission.zip", "metrics.json"}) {
    fs::remove(folder_ / old, ignored);
  }
  write_file(folder_ / "config.toml",
             cat(note_.empty() ? "" : cat("# ", note_, "\n"), config_.toml(true)));
  if (!finished_) finished_.emplace(videos, identity);
  if (!note_.empty()) log_warn(note_);

  const auto count = static_cast<int64_t>(data_.dataset->videos().size());
  for (int64_t i = request_.shard.index - 1; i < count; i += request_.shard.count) {
    mine_.push_back(i);
  }
}

int64_t SplitRun::finished_of_mine() const {
  return std::count_if(mine_.begin(), mine_.end(),
                       [&](int64_t index) { return finished_->has(video(index).id); });
}

void SplitRun::follow_videos() {
  std::vector<int64_t> due;
  int64_t frames = 0, finished_frames = 0;
  for (const int64_t index : mine_) {
    frames += video(index).length;
    if (finished_->has(video(index).id)) {
      finished_frames += video(index).length;
    } else {
      due.push_back(index);
    }
  }
  if (due.size() < mine_.size()) {
    log_info(mine_.size() - due.size(), " of ", mine_.size(), " videos are already finished");
  }
  if (due.empty()) return;
  Progress progress("frames", frames, finished_frames);
  for (const int64_t index : due) {
    try {
      if (!follow(index, progress)) break;
    } catch (const InputError& error) {
      // A video that cannot be read is no reason to lose the others.
      log(LogLevel::error, error.what());
      failed_.push_back(error.what());
    }
  }
  progress.finish();
  interrupted_ = stop_();
}

/// False where it was interrupted.
bool SplitRun::follow(int64_t index, Progress& progress) {
  const VideoEntry& entry = video(index);
  const auto start = Clock::now();
  FrameReader reader(std::make_shared<DatasetSource>(data_.dataset, index), 0, stop_);
  VideoInfo info;
  info.name = called(entry);
  Stream stream = pipeline_->open(info);
  push_frames(
      stream, [&] { return reader.next(); }, [&](const auto&) { progress.advance(); });
  if (stop_()) return false;
  const Result result = stream.finish().result;
  note_memory(stream.memory());
  FinishedVideo done{entry.id, entry.name, result.frames, 0, {}, stream.memory().bytes_per_frame};
  add_times(done.times, {{{"read", reader.seconds(), 0, result.frames}}});
  add_times(done.times, stream.times());
  done.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (request_.draw) draw(index, result);
  finished_->add(done, result, pipeline_->classes(), note_, form());
  return true;
}

void SplitRun::note_memory(const MemoryUse& use) {
  MemoryUse most = use;
  for (const auto member :
       {&MemoryUse::bytes_per_frame, &MemoryUse::held_bytes, &MemoryUse::peak_held_bytes,
        &MemoryUse::memo_file_bytes, &MemoryUse::recomputed, &MemoryUse::mask_bytes,
        &MemoryUse::mask_file_bytes}) {
    most.*member = std::max(memory_.*member, use.*member);
  }
  memory_ = most;
}

void SplitRun::draw(int64_t index, const Result& result) const {
  const VideoEntry& entry = video(index);
  ShownVideo shown;
  shown.title = entry.name;
  shown.frames = result.frames;
  if (!entry.files.empty()) shown.rate = kDrawnRate;
  shown.frame = [&](int64_t t) { return data_.dataset->frame(index, t); };
  shown.tracks = shown_tracks(result.rows, pipeline_->classes());
  shown.mask = [&](int64_t track, int64_t t) { return result.mask(track, t); };
  shown.note = note_;
  shown.facts = {{"video", called(entry)},
                 {"data", data_.name},
                 {"config", request_.config},
                 {"weights", pipeline_->weights_origin()}};
  const fs::path folder = folder_ / "vis" / folder_name(entry.id, entry.name);
  // Left by a run that ended while drawing.
  remove_shown(folder);
  show_video(folder, shown, pipeline_->output());
}

void SplitRun::join_results() {
  ResultsFile file(folder_ / "results.json", note_);
  for (const VideoEntry& one : data_.dataset->videos()) finished_->copy_rows(one.id, file);
  file.commit();
  write_submission(folder_ / "results.json", folder_ / "submission.zip");
}

void SplitRun::score() {
  if (!data_.dataset->annotated()) return;
  const GroundTruth truth = ground_truth(*data_.dataset, data_.name);
  report_data_faults();
  const Results results = read_results(folder_ / "results.json");
  scores_ = runs::score(truth, results, request_.score);
  if (request_.costs || request_.longest_video_mb) scores_->costs = costs();
  write_file(folder_ / "metrics.json", scores_json(*scores_));
}

/// Of all videos, also those that earlier runs finished.
Costs SplitRun::costs() const {
  Costs costs;
  int64_t frames = 0;
  double seconds = 0;
  for (const auto& [id, video] : finished_->all()) {
    frames += video.frames;
    seconds += video.seconds;
    costs.bytes_per_frame = std::max(costs.bytes_per_frame, video.bytes_per_frame);
  }
  costs.fps = static_cast<double>(frames) / std::max(seconds, 1e-9);
  if (request_.longest_video_mb) {
    constexpr int64_t kFrames = 8;
    std::vector<Frame> some;
    for (int64_t t = 0; t < std::min(video(0).length, kFrames); ++t) {
      some.push_back(data_.dataset->frame(0, t));
    }
    costs.longest_video = longest_video(*pipeline_, some, *request_.longest_video_mb, stop_);
  }
  return costs;
}

void SplitRun::write_stats() {
  RunFacts facts;
  facts.config = request_.config;
  facts.input = cat("dataset:", data_.name);
  facts.note = note_;
  facts.remarks = remarks();
  facts.memory = memory_;
  for (const int64_t index : mine_) {
    const auto found = finished_->all().find(video(index).id);
    if (found == finished_->all().end()) continue;
    facts.frames += found->second.frames;
    facts.seconds += found->second.seconds;
    add_times(facts.times, found->second.times);
    facts.videos.push_back(found->second);
    facts.memory.bytes_per_frame =
        std::max(facts.memory.bytes_per_frame, found->second.bytes_per_frame);
  }
  facts.peak_anonymous_bytes = memory_watch_.peak_bytes();
  runs::write_stats(own_ / "stats.json", facts, *pipeline_);
}

/// Why the run is incomplete; empty where it is complete.
std::string SplitRun::reason() const {
  if (failure_) return failure_->what();
  if (interrupted_) {
    return cat("interrupted; ", finished_of_mine(), " of ", mine_.size(), " videos are finished");
  }
  if (failed_.empty()) return {};
  return cat(counted(static_cast<int64_t>(failed_.size()), "video"), " failed: ", failed_.front());
}

DatasetRunReport SplitRun::end() {
  int64_t finished = 0, frames = 0;
  for (const int64_t index : mine_) {
    if (!finished_->has(video(index).id)) continue;
    ++finished;
    frames += video(index).length;
  }
  const std::string why = reason();
  own_.state(
      why.empty() ? "complete" : "incomplete", why,
      {{"videos", static_cast<int64_t>(mine_.size())}, {"finished", finished}, {"frames", frames}},
      remarks());
  if (failure_) log(LogLevel::error, failure_->what());
  return {.folder = folder_.path(),
          .shard = request_.shard,
          .data = data_.name,
          .note = note_,
          .videos = static_cast<int64_t>(mine_.size()),
          .finished = finished,
          .frames = frames,
          .annotated = data_.dataset->annotated(),
          .interrupted = interrupted_,
          .failed = failed_,
          .failure = failure_,
          .incomplete = why,
          .scores = std::move(scores_)};
}

DatasetRunReport SplitRun::run(const std::function<bool()>& stop) {
  if (stop) stop_ = stop;
  begin();
  try {
    follow_videos();
    write_stats();
    if (reason().empty() && request_.shard.whole()) {
      join_results();
      score();
    }
  } catch (const Error& error) {
    failure_ = error;
  } catch (const std::exception& error) {
    failure_ = Error(error.what());
  }
  return end();
}

}  // namespace

Shard Shard::parse(const std::string& text) {
  Shard shard;
  const char *at = text.data(), *end = at + text.size();
  auto number = [&](int64_t& value) {
    const auto [next, error] = std::from_chars(at, end, value);
    at = next;
    return error == std::errc();
  };
  const bool sound = number(shard.index) && at != end && *at++ == '/' && number(shard.count) &&
                     at == end && shard.index >= 1 && shard.index <= shard.count;
  if (!sound) {
    throw InputError(cat("--shard: expected I/N, the I-th of N parts, found '", text, "'"), {},
                     "use 1/4, 2/4, 3/4 and 4/4 on four machines");
  }
  return shard;
}

std::string Shard::text() const { return cat(index, "/", count); }
std::string Shard::name() const { return cat(index, "_of_", count); }

struct DatasetRun::Implementation : SplitRun {
  using SplitRun::SplitRun;
};

DatasetRun::DatasetRun(const DatasetRunRequest& request, const Config& config) {
  if (request.overwrite && !request.shard.whole()) {
    throw InputError("--overwrite would remove the results of other shards", request.out,
                     "remove the folder before the first shard starts, or choose another --out");
  }
  Plan plan = plan_pipeline(config);
  plan.faults.raise();
  if (request.clips) plan = plan_pipeline(with_clips(plan));
  implementation_ = std::make_unique<Implementation>(request, plan);
}

DatasetRun::~DatasetRun() = default;

DatasetRunReport DatasetRun::run(const std::function<bool()>& stop) {
  return implementation_->run(stop);
}

}  // namespace clipwork::runs
