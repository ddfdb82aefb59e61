#pragma once
// evaluation.html and evaluation.md.

#include <clipwork/host/analysis.h>
#include <clipwork/runs/failure_analysis.h>

#include <string>
#include <utility>
#include <vector>

#include "analysis/analysis_tables.h"
#include "analysis/track_pictures.h"

namespace clipwork::runs {

/// Everything that the pages show.
struct AnalysisPage {
  const Evaluation& evaluation;
  const Analysis& analysis;
  const Results& results;
  const FailureReport& report;
  const AnalysisTables& tables;
  const std::vector<PrecisionCurve>& curves;
  /// The worst tracks, in their order; without pictures where none could be drawn.
  std::vector<std::pair<const TrackAnalysis*, std::vector<TrackPicture>>> worst;
};

std::string html_page(const AnalysisPage& page);
std::string markdown_page(const AnalysisPage& page);

}  // namespace clipwork::runs
