#pragma once
// Ground truth and results made to the counts of a large validation set, the same on every machine.

#include <filesystem>

namespace clipwork::benchmarks {

/// 300 videos of 30 frames at 180x320, 995 tracks, 3000 results, 40 classes; about 96 000 masks.
/// Writes gt.json and results.json into `folder`.
void write_evaluation_pair(const std::filesystem::path& folder);

}  // namespace clipwork::benchmarks
