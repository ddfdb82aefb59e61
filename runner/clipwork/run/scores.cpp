#include "run/scores.h"

#include <clipwork/host/json.h>
#include <clipwork/host/log.h>

#include <iostream>

#include "run/evaluation_json.h"
#include "run/evaluation_tables.h"

namespace clipwork::cli {
namespace {

void refuse(const std::vector<std::string>& warnings, const std::string& results) {
  for (const std::string& warning : warnings) log(LogLevel::error, warning);
  throw InputError("with --strict, what is wrong with the files is an error", results);
}

/// What comes first of every evaluation.
void begin(const GroundTruth& truth, const Results& results, const ScoreOptions& options,
           const Evaluation& evaluation, const char* unit) {
  if (options.strict && !evaluation.warnings.empty()) refuse(evaluation.warnings, results.file);
  for (const std::string& warning : evaluation.warnings) log_warn(warning);
  std::cout << counted(truth.videos.size(), unit) << ", " << counted(truth.tracks.size(), "track")
            << ", " << counted(results.tracks.size(), "result")
            << (options.class_agnostic ? ", classes not told apart" : "") << "\n\n";
  print_evaluation(evaluation);
}

std::string end(JsonWriter& json, const Evaluation& evaluation) {
  json.member("warnings", evaluation.warnings);
  json.end_object();
  return json.take() + "\n";
}

}  // namespace

std::string score(const GroundTruth& truth, const Results& results, const ScoreOptions& options) {
  EvaluationOptions form{.class_agnostic = options.class_agnostic};
  const Evaluation evaluation = evaluate(truth, results, form);
  begin(truth, results, options, evaluation, "video");

  JsonWriter json;
  json.begin_object();
  write_members(json, evaluation);
  write_curves(json, evaluation.curves);
  auto more = [&](const char* title, const char* key, const Evaluation& other) {
    print_summary(title, other.stats);
    json.begin_object(key);
    write_members(json, other);
    json.end_object();
  };
  if (options.boxes) {
    form.boxes = true;
    more("boxes", "boxes", evaluate(truth, results, form));
  }
  if (options.frames) more("single frames", "frames", evaluate_frames(truth, results));
  if (!options.lengths.empty()) {
    const std::vector<LengthMeasures> groups = evaluate_lengths(truth, results, options.lengths);
    print_lengths(groups);
    write_lengths(json, groups);
  }
  if (options.tracking) {
    const Tracking tracking = evaluate_tracking(truth, results, options.min_score);
    print_tracking(tracking);
    write_tracking(json, tracking);
  }
  return end(json, evaluation);
}

std::string score_pictures(const GroundTruth& truth, const Results& results,
                           const ScoreOptions& options) {
  const Evaluation evaluation = evaluate_frames(truth, results);
  begin(truth, results, options, evaluation, "picture");
  JsonWriter json;
  json.begin_object();
  write_members(json, evaluation);
  return end(json, evaluation);
}

}  // namespace clipwork::cli
