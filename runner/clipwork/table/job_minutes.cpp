#include "table/job_minutes.h"

#include <clipwork/error.h>
#include <clipwork/host/clock.h>
#include <clipwork/host/log.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/runs/training_run.h>
#include <clipwork/text.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

#include "data/dataset_source.h"
#include "data/split_data.h"
#include "run/push_frames.h"

namespace clipwork::table {
namespace {

/// Jobs that differ in their seeds alone take the same time.
std::string key_of(const Job& job) {
  return join(
      job.lines,
      [](const std::string& line) {
        return line.starts_with("run.seed = ") ? std::string() : line;
      },
      "\n");
}

double training_seconds(const Job& job) {
  Value tree = job.config.tree();
  tree.set("weights.file", Value(job.weights, {"table"}));
  // One batch is enough to know the time.
  tree.set("train.evaluate_every", Value(0, {"table"}));
  runs::TrainingRequest request;
  request.config = job.label;
  const runs::TrainingTrial trial = runs::try_training(request, Config(tree, job.config.files()));
  return trial.step.seconds * static_cast<double>(job.steps);
}

double evaluation_seconds(const Job& job) {
  constexpr int64_t kUnmeasured = 2, kMeasured = 8;  // the first frames prepare memory
  const runs::SplitData data = runs::open_split(job.config);
  const Pipeline pipeline(job.config, WeightRule());
  Stream stream = pipeline.open();
  runs::DatasetSource frames(data.dataset, 0);
  int64_t pushed = 0;
  double begin = wall_seconds();
  runs::push_frames(stream, [&]() -> std::optional<Frame> {
    if (pushed == kUnmeasured) begin = wall_seconds();
    if (pushed == kUnmeasured + kMeasured || pushed == frames.count()) return {};
    ++pushed;
    return frames.next();
  });
  stream.finish();
  const double seconds = wall_seconds() - begin;
  int64_t all = 0;
  for (const VideoEntry& video : data.dataset->videos()) all += video.length;
  return seconds * static_cast<double>(all) /
         static_cast<double>(std::max<int64_t>(1, pushed - kUnmeasured));
}

}  // namespace

std::vector<std::optional<double>> estimate_jobs(const TablePlan& plan) {
  std::map<std::string, std::optional<double>> known;
  std::vector<std::optional<double>> all;
  for (const Job& job : plan.jobs) {
    const auto [estimate, is_new] = known.try_emplace(cat(job.trains, key_of(job)));
    if (is_new) {
      try {
        estimate->second = job.trains ? training_seconds(job) : evaluation_seconds(job);
      } catch (const InputError& error) {
        log_warn(job.label, ": its time is unknown: ", error.what());
      }
    }
    all.push_back(estimate->second);
  }
  return all;
}

}  // namespace clipwork::table
