#include <clipwork/host/json.h>
#include <clipwork/host/log.h>
#include <clipwork/runs/scores.h>

#include "run/evaluation_json.h"

namespace clipwork::runs {
namespace {

void refuse(const std::vector<std::string>& warnings, const std::string& results) {
  for (const std::string& warning : warnings) log(LogLevel::error, warning);
  throw InputError("with --strict, problems in the files are errors", results);
}

/// The first steps of every evaluation.
Scores begin(const GroundTruth& truth, const Results& results, const ScoreOptions& options,
             Evaluation evaluation) {
  if (options.strict && !evaluation.warnings.empty()) refuse(evaluation.warnings, results.file);
  for (const std::string& warning : evaluation.warnings) log_warn(warning);
  Scores scores;
  scores.videos = truth.videos.size();
  scores.tracks = truth.tracks.size();
  scores.results = results.tracks.size();
  scores.class_agnostic = options.class_agnostic;
  scores.evaluation = std::move(evaluation);
  return scores;
}

}  // namespace

void check_picture_options(const ScoreOptions& options, const std::string& data) {
  if (!options.tracking && !options.boxes && options.lengths.empty()) return;
  throw InputError("pictures are scored only by COCO's rules", data,
                   "remove --boxes, --lengths and --tracking");
}

Scores score(const GroundTruth& truth, const Results& results, const ScoreOptions& options) {
  if (truth.pictures) {
    check_picture_options(options, truth.file);
    Scores scores =
        begin(truth, results, options, evaluate_frames(truth, results, options.class_agnostic));
    scores.pictures = true;
    return scores;
  }
  EvaluationOptions form{.class_agnostic = options.class_agnostic};
  Scores scores = begin(truth, results, options, evaluate(truth, results, form));
  if (options.boxes) {
    form.boxes = true;
    scores.boxes = evaluate(truth, results, form);
  }
  const bool agnostic = options.class_agnostic;
  if (options.frames) scores.frames = evaluate_frames(truth, results, agnostic);
  if (!options.lengths.empty()) {
    scores.lengths = evaluate_lengths(truth, results, options.lengths, agnostic);
  }
  if (options.tracking) {
    scores.tracking = evaluate_tracking(truth, results, options.min_score, agnostic);
  }
  return scores;
}

std::optional<double> measure(const Measures& measures, const std::string& name) {
  for (const auto& [known, value] : measures) {
    if (known == name) return value;
  }
  return {};
}

std::string scores_json(const Scores& scores) {
  JsonWriter json;
  json.begin_object();
  write_members(json, scores.evaluation);
  if (!scores.pictures) write_curves(json, scores.evaluation.curves);
  auto more = [&](const char* key, const std::optional<Evaluation>& other) {
    if (!other) return;
    json.begin_object(key);
    write_members(json, *other);
    json.end_object();
  };
  more("boxes", scores.boxes);
  more("frames", scores.frames);
  if (!scores.lengths.empty()) write_lengths(json, scores.lengths);
  if (scores.tracking) write_tracking(json, *scores.tracking);
  if (scores.costs) write_costs(json, *scores.costs);
  json.member("warnings", scores.evaluation.warnings);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace clipwork::runs
