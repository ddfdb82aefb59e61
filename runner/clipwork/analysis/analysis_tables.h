#pragma once
// The tables of a failure analysis.

#include <clipwork/host/analysis.h>

#include <functional>
#include <string>

#include "analysis/page_table.h"

namespace clipwork::runs {

class AnalysisTables {
 public:
  /// The address of a frame, or of a video's page, for the pages; empty where there is none.
  using Link = std::function<std::string(const VideoEntry& video, int64_t frame)>;

  AnalysisTables(const Analysis& analysis, const Results& results, Link link)
      : analysis_(analysis), results_(results), link_(std::move(link)) {}

  PageTable errors() const;
  PageTable properties() const;
  PageTable videos() const;  ///< worst first
  PageTable tracks() const;  ///< worst first
  PageTable switches() const;
  PageTable confusion() const;
  /// Pairs of different classes, the most frequent first, with objects that were not found and
  /// results where there is no object.
  PageTable confused_pairs() const;

  /// The tracks in the order of the table: of the least overlap, the largest of them first.
  std::vector<const TrackAnalysis*> worst_tracks() const;
  std::string class_name(int64_t category) const;
  /// The name of a result's class.
  std::string class_of(const ResultTrack& result) const;
  /// "result 3": the number in the file.
  int64_t number_of(const ResultTrack& result) const {
    return &result - results_.tracks.data() + 1;
  }

 private:
  const Analysis& analysis_;
  const Results& results_;
  Link link_;
  PageCell video_cell(size_t video, int64_t frame) const;
};

/// Precision at the official recalls for all classes and for each: at overlap 0.5, at 0.75, and
/// the mean of 0.5 to 0.95. A class without objects has none.
struct PrecisionCurve {
  std::string category;  ///< "all"
  std::string overlap;   ///< "0.50"
  std::vector<double> precision;
};
std::vector<PrecisionCurve> precision_curves(const Evaluation& evaluation);
PageTable precision_table(const std::vector<PrecisionCurve>& curves);

}  // namespace clipwork::runs
