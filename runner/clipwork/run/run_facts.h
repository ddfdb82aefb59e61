#pragma once

#include <clipwork/host/pipeline.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "run/finished_videos.h"
#include "run/stage_times.h"

namespace clipwork::runs {

/// The facts about a finished run.
struct RunFacts {
  std::string config, input, note;
  int64_t frames = 0;
  Size size;
  double rate = 0;     ///< frames a second of the input
  double seconds = 0;  ///< from the first frame to the last output
  StageTimes times;    ///< the stream's stages, and "read" and "draw"
  MemoryUse memory;    ///< of the video's stream; of a data set, the most that any of them had
  int64_t peak_anonymous_bytes = 0;
  std::vector<ResultRow> tracks;
  std::vector<FinishedVideo> videos;  ///< of a data set
  std::vector<std::string> remarks;
};

/// A note that must accompany the results wherever they are shown; may be empty.
std::string note_of(const Pipeline& pipeline);

/// stats.json: what ran, on what, how fast, and what came out.
void write_stats(const std::filesystem::path& file, const RunFacts& facts,
                 const Pipeline& pipeline);

/// The same for people.
std::vector<std::pair<std::string, std::string>> facts_for_people(const RunFacts& facts,
                                                                  const Pipeline& pipeline);

}  // namespace clipwork::runs
