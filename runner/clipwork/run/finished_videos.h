#pragma once

#include <clipwork/host/pipeline.h>
#include <clipwork/host/results_file.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace clipwork::runs {

/// Hashes of everything that results depend on; equal for all videos of one set of results.
struct RunIdentity {
  std::string config;   ///< hash of what a config says of results
  std::string weights;  ///< Pipeline::weights_identity
  std::string data;     ///< hash of the videos and classes of the data set
  /// SHA-256 of the file of each plugin that has a component in the run, by the plugin's name.
  std::map<std::string, std::string> plugins = {};
};

/// A video of a data set that went through the pipeline.
struct FinishedVideo {
  int64_t id = 0;
  std::string name;
  int64_t frames = 0;
  double seconds = 0;
  StageTimes times;
  int64_t bytes_per_frame = 0;  ///< MemoryUse::bytes_per_frame
};

/// The results of a data set's videos, a file each, `videos/NNNNNN.jsonl`: its first line says what
/// it is and what made it, the others are rows of results. A file appears whole or not at all, so
/// that an interrupted run keeps what is finished, and files of several machines can be brought
/// together in one folder.
class FinishedVideos {
 public:
  /// Reads what is in `folder`. Files that are damaged count as missing, with a warning. Throws
  /// InputError where a video was made by another config, other weights, another build of a plugin
  /// or from other data.
  FinishedVideos(std::filesystem::path folder, RunIdentity identity);

  const std::map<int64_t, FinishedVideo>& all() const { return videos_; }
  bool has(int64_t id) const { return videos_.count(id) > 0; }
  void add(const FinishedVideo& video, const Result& result, const ClassesSection& classes,
           const std::string& note, ResultForm form);
  /// Adds the rows of a video that is there.
  void copy_rows(int64_t id, ResultsFile& to) const;

 private:
  std::filesystem::path folder_;
  RunIdentity identity_;
  std::map<int64_t, FinishedVideo> videos_;
  std::filesystem::path file(int64_t id) const;
};

}  // namespace clipwork::runs
