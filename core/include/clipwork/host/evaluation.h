#pragma once
// Average precision of tracks, as the evaluators of YouTube-VIS and OVIS compute it, and what
// stands beside it: per-frame precision, boxes, lengths, identity.

#include <clipwork/host/ground_truth.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// Named numbers in the official order; -1 where there is nothing to measure.
using Measures = std::vector<std::pair<std::string, double>>;

struct CategoryMeasures {
  int64_t id = 0;
  std::string name;
  Measures measures;
};

/// The official arrays. Thresholds of overlap 0.50, 0.55, ... 0.95; recalls 0, 0.01, ... 1; limits
/// of results 1, 10, 100 for each video and class. A class without ground truth in a group is -1.
struct Curves {
  static constexpr int64_t kThresholds = 10, kRecalls = 101, kAreas = 4, kLimits = 3;
  int64_t categories = 0;         ///< by ascending id
  int64_t occlusions = 1;         ///< 4 in OVIS form: all, light, medium, heavy
  std::vector<double> precision;  ///< [threshold, recall, category, area, occlusion, limit]
  std::vector<double> scores;     ///< the same shape
  std::vector<double> recall;     ///< without the second
};

struct EvaluationOptions {
  /// All classes count as one (the official useCats = 0); results of classes that the ground truth
  /// does not list count too.
  bool class_agnostic = false;
  /// Compares the smallest boxes round the masks instead of the masks.
  bool boxes = false;
};

struct Evaluation {
  Curves curves;
  /// AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl; for ground truth with
  /// occlusion the 18 numbers of OVIS.
  Measures stats;
  std::vector<CategoryMeasures> categories;  ///< empty where class-agnostic
  /// Faults of the files for which the official code still returns a number, each with its cause.
  std::vector<std::string> warnings;
};

/// The official numbers. Videos are evaluated in parallel. Throws InputError for results of videos
/// that the ground truth does not have, for results of single pictures against videos, for masks in
/// a video without a size, and for ground truth with occlusion where a result has another number of
/// frames than the tracks it is compared with, at which OVIS's code stops.
Evaluation evaluate(const GroundTruth& truth, const Results& results,
                    const EvaluationOptions& options = {});

/// Mask precision without tracking (NOVIS, appendix B): every frame is an image, every mask a
/// detection with its track's class and score, evaluated as COCO does: sizes of the masks, limits
/// at 32 and 96 squared, a crowd's overlap over the area of the detection, 100 detections for each
/// image and class. The twelve numbers; of a category AP.
Evaluation evaluate_frames(const GroundTruth& truth, const Results& results,
                           bool class_agnostic = false);

/// The videos of some lengths, evaluated as if there were no others.
struct LengthMeasures {
  int64_t shortest = 0, longest = 0;  ///< frames, both included
  int64_t videos = 0;
  Measures stats;
};
/// `borders` ascend: a group ends with each of them, and one is without end. A video is as long as
/// its list of files, or else as its longest track.
std::vector<LengthMeasures> evaluate_lengths(const GroundTruth& truth, const Results& results,
                                             std::span<const int64_t> borders,
                                             bool class_agnostic = false);

/// Identity over time, as TrackEval computes it for its data set class YouTubeVIS: HOTA with its
/// parts (means over the 19 thresholds 0.05 to 0.95; HOTA_TP, HOTA_FN and HOTA_FP are not here but
/// in `counts`), CLEAR and identity at overlap 0.5. Every mask counts as a detection, also one
/// without pixels, and so does a crowd.
struct TrackingMeasures {
  Measures measures;  ///< HOTA, DetA, AssA, ..., MOTA, ..., IDSW, ..., IDF1, ...
  std::vector<double> true_positives, false_negatives, false_positives;  ///< [19], of HOTA
  std::vector<std::pair<std::string, std::vector<double>>> curves;       ///< [19] each
};
struct Tracking {
  double min_score = 0;  ///< results below it were left out; -infinity where every result counts
  /// By ascending id; empty where class-agnostic.
  std::vector<std::pair<Category, TrackingMeasures>> categories;
  /// TrackEval's two ways of combining classes: the mean over all of them, and sums over
  /// detections.
  TrackingMeasures class_mean, detection_sum;
};
Tracking evaluate_tracking(const GroundTruth& truth, const Results& results, double min_score,
                           bool class_agnostic = false);

/// SHA-256 of the values, each as little-endian int64 of round(value * 1e9): what two evaluators
/// compare instead of whole arrays.
std::string digest(std::span<const double> values);

}  // namespace clipwork
