#include "run/evaluation_json.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace clipwork::cli {
namespace {

void write(Json& json, const Measures& measures) {
  for (const auto& [name, value] : measures) {
    cli::write(json, name);
    json.Double(value);
  }
}

void write_stats(Json& json, const Measures& stats) {
  json.Key("stats");
  json.StartObject();
  write(json, stats);
  json.EndObject();
}

void write(Json& json, const TrackingMeasures& measures) {
  auto list = [&](const std::string& name, const std::vector<double>& values) {
    cli::write(json, name);
    json.StartArray();
    for (double value : values) json.Double(value);
    json.EndArray();
  };
  json.StartObject();
  write(json, measures.measures);
  list("HOTA_TP", measures.true_positives);
  list("HOTA_FN", measures.false_negatives);
  list("HOTA_FP", measures.false_positives);
  json.Key("curves");
  json.StartObject();
  for (const auto& [name, values] : measures.curves) list(name, values);
  json.EndObject();
  json.EndObject();
}

}  // namespace

void write_members(Json& json, const Evaluation& evaluation) {
  write_stats(json, evaluation.stats);
  json.Key("per_category");
  json.StartArray();
  for (const CategoryMeasures& category : evaluation.categories) {
    json.StartObject();
    json.Key("category_id");
    json.Int64(category.id);
    json.Key("name");
    cli::write(json, category.name);
    write(json, category.measures);
    json.EndObject();
  }
  json.EndArray();
}

void write_curves(Json& json, const Curves& curves) {
  auto shape = [&](const char* name, bool recalls) {
    json.Key(name);
    json.StartArray();
    json.Int64(Curves::kThresholds);
    if (recalls) json.Int64(Curves::kRecalls);
    json.Int64(curves.categories);
    json.Int64(Curves::kAreas);
    if (curves.occlusions > 1) json.Int64(curves.occlusions);
    json.Int64(Curves::kLimits);
    json.EndArray();
  };
  json.Key("shapes");
  json.StartObject();
  shape("precision", true);
  shape("recall", false);
  shape("scores", true);
  json.EndObject();
  json.Key("sha256");
  json.StartObject();
  for (auto [name, values] : {std::pair{"precision", &curves.precision},
                              {"recall", &curves.recall},
                              {"scores", &curves.scores}}) {
    json.Key(name);
    cli::write(json, digest(*values));
  }
  json.EndObject();
}

void write_lengths(Json& json, const std::vector<LengthMeasures>& groups) {
  json.Key("lengths");
  json.StartArray();
  for (const LengthMeasures& group : groups) {
    json.StartObject();
    json.Key("shortest");
    json.Int64(group.shortest);
    json.Key("longest");
    if (group.longest == std::numeric_limits<int64_t>::max()) {
      json.Null();
    } else {
      json.Int64(group.longest);
    }
    json.Key("videos");
    json.Int64(group.videos);
    write_stats(json, group.stats);
    json.EndObject();
  }
  json.EndArray();
}

void write_tracking(Json& json, const Tracking& tracking) {
  json.Key("tracking");
  json.StartObject();
  json.Key("score_threshold");
  if (std::isfinite(tracking.min_score)) {
    json.Double(tracking.min_score);
  } else {
    json.Null();
  }
  json.Key("combined");
  json.StartObject();
  for (const auto& [category, measures] : tracking.categories) {
    cli::write(json, category.name);
    write(json, measures);
  }
  json.Key("cls_comb_cls_av");
  write(json, tracking.class_mean);
  json.Key("cls_comb_det_av");
  write(json, tracking.detection_sum);
  json.EndObject();
  json.EndObject();
}

}  // namespace clipwork::cli
