#include "evaluation/matching.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "evaluation/numbers.h"

namespace clipwork::evaluation {

namespace {

constexpr int kThresholds = Curves::kThresholds, kRecalls = Curves::kRecalls;
constexpr int kLimits = Curves::kLimits;
constexpr size_t kLimit[kLimits] = {1, 10, kMostResults};

// numpy's linspace: step, product and sum are rounded one after the other, and the last value is
// set. The ninth threshold and ten of the recalls are not the nearest doubles of their decimals.
double threshold_at(int i) {
  const double step = (0.95 - 0.5) / 9;
  const double product = i * step;
  return i + 1 == kThresholds ? 0.95 : product + 0.5;
}
double recall_at(int i) { return i + 1 == kRecalls ? 1.0 : i * 0.01; }

bool outside(double value, double least, double most) { return value < least || value > most; }

class Matcher {
 public:
  Matcher(const Candidates& candidates, const Group& group)
      : candidates_(candidates), group_(group), ignored_(candidates.truths.size()) {
    for (size_t g = 0; g < ignored_.size(); ++g) {
      const Candidates::Truth& truth = candidates.truths[g];
      ignored_[g] = truth.crowd || outside(truth.area, group.least_area, group.most_area) ||
                    outside(truth.occlusion, group.least_occlusion, group.most_occlusion);
    }
    order_.resize(ignored_.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_partition(order_.begin(), order_.end(), [&](size_t g) { return !ignored_[g]; });
  }

  int64_t counted() const { return std::count(ignored_.begin(), ignored_.end(), false); }

  void run(uint16_t* matched, uint16_t* ignored) {
    for (int t = 0; t < kThresholds; ++t) {
      taken_.assign(ignored_.size(), false);
      for (size_t d = 0; d < candidates_.results.size(); ++d) {
        const double area = candidates_.results[d].area;
        bool is_matched = false, is_ignored = false;
        if (ptrdiff_t g = best(d, threshold_at(t)); g >= 0) {
          taken_[g] = true;
          is_matched = !candidates_.truths[g].counts_as_unmatched;
          is_ignored = ignored_[g];
        }
        if (!is_matched && outside(area, group_.least_area, group_.most_area)) is_ignored = true;
        matched[d] = static_cast<uint16_t>(matched[d] | is_matched << t);
        ignored[d] = static_cast<uint16_t>(ignored[d] | is_ignored << t);
      }
    }
  }

 private:
  /// The truth that result `d` takes, or -1.
  ptrdiff_t best(size_t d, double least) const {
    const double* overlaps = candidates_.overlaps.data() + d * ignored_.size();
    ptrdiff_t held = -1;
    for (size_t g : order_) {
      if (taken_[g] && !candidates_.truths[g].crowd) continue;
      if (held >= 0 && !ignored_[held] && ignored_[g]) break;
      // The later one of equal overlaps wins.
      if (overlaps[g] < least) continue;
      least = overlaps[g];
      held = static_cast<ptrdiff_t>(g);
    }
    return held;
  }

  const Candidates& candidates_;
  const Group& group_;
  std::vector<bool> ignored_, taken_;
  std::vector<size_t> order_;
};

/// A result of one of the cells of a category.
struct Entry {
  double score;
  const Cell* cell;
  size_t at;
};

/// The curve of one group, limit and threshold.
class Curve {
 public:
  void trace(const std::vector<Entry>& entries, size_t group, int threshold, int64_t positives) {
    recalls_.clear();
    precisions_.clear();
    int64_t right = 0, wrong = 0;
    for (const Entry& entry : entries) {
      size_t place = group * entry.cell->scores.size() + entry.at;
      bool matched = entry.cell->matched[place] >> threshold & 1;
      if (!(entry.cell->ignored[place] >> threshold & 1)) ++(matched ? right : wrong);
      recalls_.push_back(static_cast<double>(right) / static_cast<double>(positives));
      precisions_.push_back(static_cast<double>(right) /
                            (static_cast<double>(right + wrong) + kSpacing));
    }
    for (size_t i = precisions_.size(); i-- > 1;)
      precisions_[i - 1] = std::max(precisions_[i - 1], precisions_[i]);
  }
  double recall() const { return recalls_.empty() ? 0 : recalls_.back(); }
  double precision(size_t i) const { return precisions_[i]; }
  /// The first place that reaches a recall, from `from` on.
  size_t reach(double recall, size_t from) const {
    return static_cast<size_t>(
        std::lower_bound(recalls_.begin() + static_cast<ptrdiff_t>(from), recalls_.end(), recall) -
        recalls_.begin());
  }

 private:
  static constexpr double kSpacing = std::numeric_limits<double>::epsilon();
  std::vector<double> recalls_, precisions_;
};

double mean_of_measured(const std::vector<double>& values) {
  return values.empty() ? -1 : numpy_mean(values.data(), values.size());
}

}  // namespace

Cell match(const Candidates& candidates, const std::vector<Group>& groups) {
  Cell cell;
  size_t results = candidates.results.size();
  for (const Candidates::Result& result : candidates.results) cell.scores.push_back(result.score);
  cell.matched.resize(groups.size() * results);
  cell.ignored.resize(groups.size() * results);
  for (size_t i = 0; i < groups.size(); ++i) {
    Matcher matcher(candidates, groups[i]);
    cell.counted.push_back(matcher.counted());
    matcher.run(cell.matched.data() + i * results, cell.ignored.data() + i * results);
  }
  return cell;
}

double average_precision(const std::vector<Judged>& results, int64_t positives) {
  std::vector<double> recalls, precisions;
  int64_t right = 0, wrong = 0;
  for (const Judged& one : results) {
    ++(one.right ? right : wrong);
    recalls.push_back(static_cast<double>(right) / static_cast<double>(positives));
    precisions.push_back(static_cast<double>(right) / static_cast<double>(right + wrong));
  }
  for (size_t i = precisions.size(); i-- > 1;)
    precisions[i - 1] = std::max(precisions[i - 1], precisions[i]);
  double sum = 0;
  auto at = recalls.begin();
  for (int r = 0; r < kRecalls; ++r) {
    at = std::lower_bound(at, recalls.end(), recall_at(r));
    if (at == recalls.end()) break;
    sum += precisions[static_cast<size_t>(at - recalls.begin())];
  }
  return sum / kRecalls;
}

GroupMeans group_means(const std::vector<std::vector<const Cell*>>& cells, size_t group) {
  GroupMeans means;
  double classes = 0, ap = 0, ap50 = 0, ar = 0;
  std::vector<Entry> entries;
  std::vector<Judged> judged;
  for (const std::vector<const Cell*>& of_class : cells) {
    int64_t positives = 0;
    entries.clear();
    for (const Cell* cell : of_class) {
      positives += cell->counted[group];
      for (size_t d = 0; d < cell->scores.size(); ++d)
        entries.push_back({cell->scores[d], cell, d});
    }
    if (positives == 0) continue;
    means.positives += positives;
    ++classes;
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return scores_higher(a.score, b.score);
    });
    for (int t = 0; t < kThresholds; ++t) {
      judged.clear();
      int64_t right = 0;
      for (const Entry& entry : entries) {
        const size_t place = group * entry.cell->scores.size() + entry.at;
        if (entry.cell->ignored[place] >> t & 1) continue;
        judged.push_back({entry.score, (entry.cell->matched[place] >> t & 1) != 0});
        right += judged.back().right;
      }
      const double precision = average_precision(judged, positives);
      ap += precision;
      if (t == 0) ap50 += precision;
      ar += static_cast<double>(right) / static_cast<double>(positives);
    }
  }
  if (classes == 0) return means;
  means.ap = ap / (classes * kThresholds);
  means.ap50 = ap50 / classes;
  means.ar100 = ar / (classes * kThresholds);
  return means;
}

Curves empty_curves(int64_t categories, int64_t occlusions) {
  Curves curves;
  curves.categories = categories;
  curves.occlusions = occlusions;
  auto size = static_cast<size_t>(kThresholds * categories * Curves::kAreas * occlusions * kLimits);
  curves.recall.assign(size, -1);
  curves.precision.assign(size * kRecalls, -1);
  curves.scores.assign(size * kRecalls, -1);
  return curves;
}

void accumulate(const std::vector<const Cell*>& cells, int64_t category, Curves* curves,
                bool all_groups) {
  const auto groups = static_cast<size_t>(Curves::kAreas * curves->occlusions);
  const size_t measured = all_groups ? groups : 1;
  std::vector<int64_t> positives(measured);
  for (const Cell* cell : cells)
    for (size_t group = 0; group < measured; ++group) positives[group] += cell->counted[group];
  std::vector<Entry> entries;
  Curve curve;
  for (int limit = 0; limit < kLimits; ++limit) {
    entries.clear();
    for (const Cell* cell : cells)
      for (size_t d = 0; d < std::min(cell->scores.size(), kLimit[limit]); ++d)
        entries.push_back({cell->scores[d], cell, d});
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return scores_higher(a.score, b.score);
    });
    for (size_t group = 0; group < measured; ++group) {
      if (positives[group] == 0) continue;
      for (int t = 0; t < kThresholds; ++t) {
        curve.trace(entries, group, t, positives[group]);
        auto place = [&](int64_t row) {
          return static_cast<size_t>(
              ((row * curves->categories + category) * static_cast<int64_t>(groups) +
               static_cast<int64_t>(group)) *
                  kLimits +
              limit);
        };
        curves->recall[place(t)] = curve.recall();
        size_t reached = 0;
        for (int r = 0; r < kRecalls; ++r) {
          reached = curve.reach(recall_at(r), reached);
          bool there = reached < entries.size();
          curves->precision[place(t * kRecalls + r)] = there ? curve.precision(reached) : 0;
          curves->scores[place(t * kRecalls + r)] = there ? entries[reached].score : 0;
        }
      }
    }
  }
}

namespace {

/// The mean over the entries that were measured, of rows (threshold or threshold and recall).
double mean_over(const Curves& curves, const std::vector<double>& values, int64_t first_row,
                 int64_t last_row, int64_t category, int area, int occlusion, int limit) {
  std::vector<double> measured;
  int64_t first = category < 0 ? 0 : category;
  int64_t last = category < 0 ? curves.categories : category + 1;
  for (int64_t row = first_row; row < last_row; ++row) {
    for (int64_t k = first; k < last; ++k) {
      int64_t place = (((row * curves.categories + k) * Curves::kAreas + area) * curves.occlusions +
                       occlusion) *
                          kLimits +
                      limit;
      if (values[static_cast<size_t>(place)] > -1) {
        measured.push_back(values[static_cast<size_t>(place)]);
      }
    }
  }
  return mean_of_measured(measured);
}

}  // namespace

double mean_precision(const Curves& curves, int threshold, int64_t category, int area,
                      int occlusion) {
  int64_t first = threshold < 0 ? 0 : threshold;
  int64_t last = threshold < 0 ? kThresholds : threshold + 1;
  return mean_over(curves, curves.precision, first * kRecalls, last * kRecalls, category, area,
                   occlusion, kLimits - 1);
}

double mean_recall(const Curves& curves, int64_t category, int area, int occlusion, int limit) {
  return mean_over(curves, curves.recall, 0, kThresholds, category, area, occlusion, limit);
}

Measures official_measures(const Curves& curves) {
  const bool occlusion = curves.occlusions > 1;
  Measures measures;
  auto precision = [&](const char* name, int threshold, int area, int group) {
    measures.emplace_back(name, mean_precision(curves, threshold, -1, area, group));
  };
  auto recall = [&](const char* name, int area, int group, int limit) {
    measures.emplace_back(name, mean_recall(curves, -1, area, group, limit));
  };
  precision("AP", -1, 0, 0);
  precision("AP50", 0, 0, 0);
  precision("AP75", 5, 0, 0);
  precision("APs", -1, 1, 0);
  precision("APm", -1, 2, 0);
  precision("APl", -1, 3, 0);
  if (occlusion) {
    precision("APso", -1, 0, 1);
    precision("APmo", -1, 0, 2);
    precision("APho", -1, 0, 3);
  }
  recall("AR1", 0, 0, 0);
  recall("AR10", 0, 0, 1);
  recall("AR100", 0, 0, 2);
  recall("ARs", 1, 0, 2);
  recall("ARm", 2, 0, 2);
  recall("ARl", 3, 0, 2);
  if (occlusion) {
    recall("ARso", 0, 1, 2);
    recall("ARmo", 0, 2, 2);
    recall("ARho", 0, 3, 2);
  }
  return measures;
}

}  // namespace clipwork::evaluation
