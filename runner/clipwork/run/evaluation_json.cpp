#include "run/evaluation_json.h"

#include <limits>
#include <string>
#include <utility>

namespace clipwork::runs {
namespace {

void write(JsonWriter& json, const Measures& measures) {
  for (const auto& [name, value] : measures) {
    json.member(name, value);
  }
}

void write_stats(JsonWriter& json, const Measures& stats) {
  json.begin_object("stats");
  write(json, stats);
  json.end_object();
}

void write(JsonWriter& json, const TrackingMeasures& measures) {
  json.begin_object();
  write(json, measures.measures);
  json.member("HOTA_TP", measures.true_positives);
  json.member("HOTA_FN", measures.false_negatives);
  json.member("HOTA_FP", measures.false_positives);
  json.begin_object("curves");
  for (const auto& [name, values] : measures.curves) json.member(name, values);
  json.end_object();
  json.end_object();
}

}  // namespace

void write_members(JsonWriter& json, const Evaluation& evaluation) {
  write_stats(json, evaluation.stats);
  json.begin_array("per_category");
  for (const CategoryMeasures& category : evaluation.categories) {
    json.begin_object();
    json.member("category_id", category.id);
    json.member("name", category.name);
    write(json, category.measures);
    json.end_object();
  }
  json.end_array();
}

void write_curves(JsonWriter& json, const Curves& curves) {
  auto shape = [&](const char* name, bool recalls) {
    json.begin_array(name);
    json.value(Curves::kThresholds);
    if (recalls) json.value(Curves::kRecalls);
    json.value(curves.categories);
    json.value(Curves::kAreas);
    if (curves.occlusions > 1) json.value(curves.occlusions);
    json.value(Curves::kLimits);
    json.end_array();
  };
  json.begin_object("shapes");
  shape("precision", true);
  shape("recall", false);
  shape("scores", true);
  json.end_object();
  json.begin_object("sha256");
  for (auto [name, values] : {std::pair{"precision", &curves.precision},
                              {"recall", &curves.recall},
                              {"scores", &curves.scores}}) {
    json.member(name, digest(*values));
  }
  json.end_object();
}

void write_lengths(JsonWriter& json, const std::vector<LengthMeasures>& groups) {
  json.begin_array("lengths");
  for (const LengthMeasures& group : groups) {
    json.begin_object();
    json.member("shortest", group.shortest);
    json.key("longest");
    if (group.longest == std::numeric_limits<int64_t>::max()) {
      json.null();
    } else {
      json.value(group.longest);
    }
    json.member("videos", group.videos);
    write_stats(json, group.stats);
    json.end_object();
  }
  json.end_array();
}

void write_tracking(JsonWriter& json, const Tracking& tracking) {
  json.begin_object("tracking");
  json.member("score_threshold", tracking.min_score);
  json.begin_object("combined");
  for (const auto& [category, measures] : tracking.categories) {
    json.key(category.name);
    write(json, measures);
  }
  json.key("cls_comb_cls_av");
  write(json, tracking.class_mean);
  json.key("cls_comb_det_av");
  write(json, tracking.detection_sum);
  json.end_object();
  json.end_object();
}

void write_costs(JsonWriter& json, const Costs& costs) {
  json.begin_object("speed");
  json.member("fps", costs.fps);
  json.end_object();
  json.begin_object("memory");
  json.member("bytes_per_frame", costs.bytes_per_frame);
  if (costs.longest_video) {
    json.member("longest_video", costs.longest_video->frames);
    json.member("budget_mb", costs.longest_video->budget_mb);
  }
  json.end_object();
}

}  // namespace clipwork::runs
