#pragma once
// Scores as people read them: tables on standard output, times 100 with one decimal as in papers.

#include <clipwork/host/evaluation.h>

#include <string>
#include <vector>

namespace clipwork::cli {

/// The official numbers: of all classes and of each, by size, and by occlusion where there is any.
void print_evaluation(const Evaluation& evaluation);
/// One row: AP, AP50, AP75, AR1, AR10.
void print_summary(const std::string& title, const Measures& stats);
void print_lengths(const std::vector<LengthMeasures>& groups);
void print_tracking(const Tracking& tracking);

}  // namespace clipwork::cli
