#include "table/video_samples.h"

#include <clipwork/error.h>

#include <filesystem>
#include <limits>

#include "analysis/bootstrap.h"
#include "data/split_data.h"
#include "table/table_columns.h"

namespace clipwork::table {
namespace {

/// The measures that samples have: those of all objects.
bool is_sampled(const ColumnKind& kind) {
  if (kind.path.empty()) return false;
  if (kind.path.front() == "tracking") return true;
  if (kind.path.front() != "stats" && kind.path.front() != "frames") return false;
  for (const char* name : {"AP", "AP50", "AP75", "AR1", "AR10", "AR100"}) {
    if (kind.path.back() == name) return true;
  }
  return false;
}

}  // namespace

const VideoSamples::Truth& VideoSamples::truth_of(const Job& job) {
  const auto [known, is_new] = truths_.try_emplace(job.config.find(runs::kEvaluationData)->toml());
  Truth& truth = known->second;
  if (!is_new) return truth;
  const runs::SplitData data = runs::open_split(job.config);
  if (!data.dataset->annotated()) return truth;
  truth.truth = ground_truth(*data.dataset, data.name);
  truth.counts = runs::draw_videos(truth.truth.videos.size(), kSamples);
  return truth;
}

void VideoSamples::sample(size_t evaluation, const std::string& part) {
  const Truth& truth = truth_of(plan_.jobs[evaluation]);
  if (truth.counts.empty() || truth.truth.pictures) return;
  const Results results = read_results(jobs_[evaluation].folder / "results.json");
  const SampledMeasures sampled = part == "tracking" ? sample_tracking(truth.truth, results)
                                  : part == "frames" ? sample_frames(truth.truth, results)
                                                     : sample_evaluation(truth.truth, results);
  for (const std::vector<int64_t>& counts : truth.counts) {
    for (const auto& [name, value] : sampled(counts)) {
      const std::string column = part == "stats" ? name : cat(part, ".", name);
      const ColumnKind* kind = find_column(column);
      if (!kind) continue;
      const bool nothing = value == -1 && kind->scale != 1;
      values_[{evaluation, column}].push_back(nothing ? std::numeric_limits<double>::quiet_NaN()
                                                      : kind->scale * value);
    }
  }
}

const std::vector<double>& VideoSamples::values(size_t evaluation, const std::string& measure) {
  static const std::vector<double> kNone;
  const ColumnKind* kind = find_column(measure);
  const bool done = jobs_[evaluation].state == JobOutcome::State::done;
  if (!kind || !is_sampled(*kind) || !done) return kNone;
  if (!values_.contains({evaluation, measure})) sample(evaluation, kind->path.front());
  return values_[{evaluation, measure}];
}

}  // namespace clipwork::table
