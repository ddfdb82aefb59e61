#pragma once
// Scores of a file of results: every measure that was asked for, as numbers and as JSON.

#include <clipwork/host/evaluation.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::runs {

/// The official numbers are always there; these come on top.
struct ScoreOptions {
  bool strict = false;          ///< warnings are errors
  bool class_agnostic = false;  ///< all classes count as one
  bool boxes = false, frames = false, tracking = false;
  std::vector<int64_t> lengths;  ///< groups of videos end with these numbers of frames
  double min_score = -std::numeric_limits<double>::infinity();  ///< for `tracking`
};

/// The longest video that fits into a budget of memory.
struct LongestVideo {
  int64_t frames = 0;
  int64_t budget_mb = 0;
};

/// The cost of making results. Unlike scores it differs from run to run.
struct Costs {
  double fps = 0;               ///< frames a second, reading included
  int64_t bytes_per_frame = 0;  ///< `MemoryUse::bytes_per_frame`, of the video with the most
  std::optional<LongestVideo> longest_video;
};

/// Measures of results, fractions of 1; -1 where there is nothing to measure.
struct Scores {
  size_t videos = 0, tracks = 0, results = 0;  ///< that were compared
  bool pictures = false;                       ///< the videos are still pictures
  bool class_agnostic = false;
  Evaluation evaluation;  ///< the official numbers, and warnings about the files
  std::optional<Evaluation> boxes, frames;
  std::vector<LengthMeasures> lengths;
  std::optional<Tracking> tracking;
  std::optional<Costs> costs;  ///< of a run of a config
};

/// Measures results of videos, or of single pictures by COCO's rules (`evaluate_frames`). Throws
/// InputError as `evaluate` and `check_picture_options`, and where there are warnings that are to
/// be errors.
Scores score(const GroundTruth& truth, const Results& results, const ScoreOptions& options = {});

/// Throws InputError if `options` ask for measures that single pictures do not have. `data` names
/// the pictures.
void check_picture_options(const ScoreOptions& options, const std::string& data);

/// The measure of this name ("AP", "AR10"); none where it was not measured.
std::optional<double> measure(const Measures& measures, const std::string& name);

/// All numbers in full precision, as metrics.json has them (docs/evaluation.md).
std::string scores_json(const Scores& scores);

}  // namespace clipwork::runs
