#pragma once
// Average precision from overlaps: matching in a video (or image) and class, and accumulation over
// them. The parts that the official evaluators for videos and for images have in common.

#include <clipwork/host/evaluation.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace clipwork::evaluation {

/// A group of objects; limits are included.
struct Group {
  double least_area = 0, most_area = 1e10, least_occlusion = 0, most_occlusion = 1;
};

/// The results and tracks that are compared in one video (or image) and class.
struct Candidates {
  struct Truth {
    bool crowd = false;
    double area = 0, occlusion = 0;
    bool counts_as_unmatched = false;  ///< its id is 0: a match with it reads as none
  };
  struct Result {
    double score = 0, area = 0;
  };
  std::vector<Truth> truths;     ///< in file order
  std::vector<Result> results;   ///< by falling score, at most kMostResults
  std::vector<double> overlaps;  ///< [results, truths]
};

constexpr size_t kMostResults = 100;

/// True if a result with score `a` is ranked before one with `b`; NaN comes last.
inline bool scores_higher(double a, double b) { return a > b || (a == a && b != b); }

/// The outcome for a video (or image) and class.
struct Cell {
  std::vector<double> scores;  ///< of its results
  /// [groups, results], one bit a threshold.
  std::vector<uint16_t> matched, ignored;
  std::vector<int64_t> counted;  ///< [groups]: ground truth that is not ignored
};

Cell match(const Candidates& candidates, const std::vector<Group>& groups);

/// A result at one threshold of overlap.
struct Judged {
  double score = 0;
  bool right = false;
};
/// The mean precision of a class at the official recalls. `results` are by falling score, without
/// those that are ignored; `positives` is at least 1.
double average_precision(const std::vector<Judged>& results, int64_t positives);

/// The official means of a group over thresholds and the classes that it has; -1 without any.
struct GroupMeans {
  double ap = -1, ap50 = -1, ar100 = -1;
  int64_t positives = 0;
};
/// `cells` [categories]: those of each class in the order of videos. The numbers of `accumulate`,
/// without arrays that grow with the number of classes.
GroupMeans group_means(const std::vector<std::vector<const Cell*>>& cells, size_t group);

/// Curves that are -1 everywhere.
Curves empty_curves(int64_t categories, int64_t occlusions);

/// Fills in a category from its cells, in the order of videos (or images). With `all_groups`
/// false, only objects of all sizes are measured, in a quarter of the time.
void accumulate(const std::vector<const Cell*>& cells, int64_t category, Curves* curves,
                bool all_groups = true);

/// Precision for means: one threshold (or -1 for all), category (or -1 for all), area and
/// occlusion, limit 100.
double mean_precision(const Curves& curves, int threshold, int64_t category, int area,
                      int occlusion);
/// Recall, likewise, over all thresholds.
double mean_recall(const Curves& curves, int64_t category, int area, int occlusion, int limit);

/// The twelve numbers, or eighteen where there are groups by occlusion.
Measures official_measures(const Curves& curves);

}  // namespace clipwork::evaluation
