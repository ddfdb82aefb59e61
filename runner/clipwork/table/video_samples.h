#pragma once
// The measures of evaluations on samples of their videos: a paired bootstrap.

#include <clipwork/host/resampling.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "table/table_plan.h"
#include "table/table_run.h"

namespace clipwork::table {

/// Every data set is sampled with replacement, as many videos as it has, by numbers that are always
/// the same: values of two rows on one sample can be compared.
class VideoSamples {
 public:
  static constexpr size_t kSamples = 200;

  VideoSamples(const TablePlan& plan, const std::vector<JobOutcome>& jobs)
      : plan_(plan), jobs_(jobs) {}

  /// A measure ("AP", "tracking.AssA") of an evaluation [kSamples], as it is shown; NaN where a
  /// sample has nothing to measure. Empty where the measure is not one of videos, or the evaluation
  /// has not been done.
  const std::vector<double>& values(size_t evaluation, const std::string& measure);

 private:
  using Counts = std::vector<std::vector<int64_t>>;  ///< [kSamples, videos]
  struct Truth {
    GroundTruth truth;
    Counts counts;
  };
  const TablePlan& plan_;
  const std::vector<JobOutcome>& jobs_;
  std::map<std::string, Truth> truths_;  ///< by [data.eval]
  std::map<std::pair<size_t, std::string>, std::vector<double>> values_;
  const Truth& truth_of(const Job& job);
  void sample(size_t evaluation, const std::string& part);
};

}  // namespace clipwork::table
