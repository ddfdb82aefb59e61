#pragma once
// `clipwork run CONFIG --input dataset:SPLIT` and `clipwork eval CONFIG`: a pipeline over the
// videos of the data set that [data.eval] names.

#include <clipwork/error.h>
#include <clipwork/host/config.h>

#include <cstdint>
#include <optional>
#include <string>

#include "run/scores.h"

namespace clipwork::cli {

/// Every `count`-th video, from the `index`-th on: what one of many machines runs.
struct Shard {
  int64_t index = 1, count = 1;
  /// Parses "2/4". Throws InputError for anything else.
  static Shard parse(const std::string& text);
  bool whole() const { return count == 1; }
  std::string text() const;  ///< "2/4"
  std::string name() const;  ///< "2_of_4"
};

struct SplitRequest {
  std::string config;  ///< as it was typed
  std::string out;
  Shard shard;
  bool overwrite = false;
  bool draw = false;  ///< also vis/VIDEO/ with what [output] wants
  ScoreOptions score;
  std::optional<std::string> json;  ///< where the numbers are written too
};

/// True if an --input is "dataset:...".
bool names_split(const std::string& input);

/// The change of the config that makes `dataset:SPLIT` its split; none for "dataset:eval", the
/// config's own.
std::optional<Override> split_override(const std::string& input);

/// Runs what is not finished yet in `out`; without a shard, joins the results of all videos,
/// writes the submission and, where the data has annotations, scores them and prints the tables.
ExitCode run_split(const SplitRequest& request, const Config& config);

}  // namespace clipwork::cli
