#pragma once
// Pages and tables of a failure analysis, for people and for spreadsheets.

#include <clipwork/dataset.h>
#include <clipwork/host/analysis.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace clipwork::runs {

struct FailureReport {
  std::string title;  ///< what was analysed
  /// The data set that has the frames; null where there is none: masks are then drawn on grey.
  std::shared_ptr<const Dataset> frames;
  /// The folder with a folder for each video, as `clipwork eval --draw` writes it; empty: none.
  std::filesystem::path drawn;
  /// How many tracks are shown beside the truth, those of the least overlap first.
  size_t worst = 10;
  std::vector<std::pair<std::string, std::string>> facts;  ///< name, value
};

/// Analyses results and writes into `folder`, which is made: evaluation.html, a page that needs
/// nothing from outside but links to frames; evaluation.md; and the numbers as
/// videos.csv, tracks.csv, id_switches.csv, errors.csv, properties.csv, confusion.csv and
/// precision_recall.csv. `evaluation` is that of the same files. Pictures are left out, with a
/// warning, where no plugin draws. Throws InputError as `analyse`, Error where a file cannot be
/// written.
void write_failure_analysis(const std::filesystem::path& folder, const GroundTruth& truth,
                            const Results& results, const Evaluation& evaluation,
                            const AnalysisOptions& options, const FailureReport& report);

}  // namespace clipwork::runs
