#pragma once
// Two results on one data set: differences of measures with their spread, videos and objects that
// got better and worse.

#include <clipwork/host/analysis.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "analysis/page_table.h"

namespace clipwork::runs {

/// A measure of two results, and its difference over samples of the videos.
struct MeasureComparison {
  std::string name;
  double a = -1, b = -1;
  /// Between which 95 % of the samples' differences b - a lie, and the share of the samples in
  /// which b is higher. Samples without objects are left out.
  double low = 0, high = 0, higher = 0;
};

/// Pointers are into the ground truth and the results that were compared.
struct Comparison {
  std::vector<MeasureComparison> measures;  ///< AP, AP50, AP75, AR10, HOTA, DetA, AssA, IDF1
  Analysis a, b;  ///< of the same ground truth: videos and tracks in pairs
};

/// Compares on 500 samples of the videos. Throws InputError as `analyse`.
Comparison compare(const GroundTruth& truth, const Results& a, const Results& b,
                   const AnalysisOptions& options);

PageTable measures_table(const Comparison& comparison);
/// Videos and tracks that differ, the greatest losses of b first.
PageTable videos_table(const Comparison& comparison);
PageTable tracks_table(const Comparison& comparison);

/// Writes comparison.html, comparison.md and the tables as comparison.csv, compared_videos.csv and
/// compared_tracks.csv into `folder`, which is made. `facts`: name and value.
void write_comparison(const std::filesystem::path& folder, const Comparison& comparison,
                      const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace clipwork::runs
