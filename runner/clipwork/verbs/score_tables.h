#pragma once
// Scores as people read them: tables on standard output, times 100 with one decimal as in papers.

#include <clipwork/runs/scores.h>

#include <string>

#include "analysis/comparison.h"

namespace clipwork::cli {

/// A sentence on the data compared, and a table for each measure: the official numbers of all
/// classes and of each, by size, and by occlusion where there is any; then what was asked for on
/// top.
void print(const runs::Scores& scores);

/// The measures of two results with their differences, and the videos and objects that lost and
/// gained most.
void print(const runs::Comparison& comparison, const std::string& a, const std::string& b);

}  // namespace clipwork::cli
