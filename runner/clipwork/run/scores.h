#pragma once
// Scores a results file: all requested measures, printed and as JSON.

#include <clipwork/host/evaluation.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace clipwork::cli {

/// The official numbers are always there; these come on top.
struct ScoreOptions {
  bool strict = false;          ///< warnings are errors
  bool class_agnostic = false;  ///< all classes count as one
  bool boxes = false, frames = false, tracking = false;
  std::vector<int64_t> lengths;  ///< groups of videos end with these numbers of frames
  double min_score = -std::numeric_limits<double>::infinity();  ///< for `tracking`
};

/// Prints warnings and tables, and gives the numbers as JSON text. Throws InputError as `evaluate`,
/// and where there are warnings that are to be errors.
std::string score(const GroundTruth& truth, const Results& results, const ScoreOptions& options);

/// The same of still pictures, by COCO's rules: `evaluate_frames`.
std::string score_pictures(const GroundTruth& truth, const Results& results,
                           const ScoreOptions& options);

}  // namespace clipwork::cli
