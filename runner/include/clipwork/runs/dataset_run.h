#pragma once
// Runs over data sets: a pipeline over the videos that a config's [data.eval] names, from the
// config to results.json and scores. `clipwork eval CONFIG` is this.

#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/runs/scores.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::runs {

/// Every `count`-th video, from the `index`-th on: what one of many machines runs.
struct Shard {
  int64_t index = 1, count = 1;
  /// Parses "2/4". Throws InputError for anything else.
  static Shard parse(const std::string& text);
  bool whole() const { return count == 1; }
  std::string text() const;  ///< "2/4"
  std::string name() const;  ///< "2_of_4"
};

struct DatasetRunRequest {
  std::string config;  ///< what the config is called, for people
  /// The folder that takes the results. Finished videos in it are kept, where they were made by the
  /// same config, weights and data.
  std::string out;
  Shard shard;
  bool overwrite = false;  ///< of an earlier run, nothing is kept
  bool draw = false;       ///< also vis/VIDEO/ with what [output] wants
  ScoreOptions score;
  /// The videos are cut into clips of window.length frames, each run and scored as a video of its
  /// own: what a window predicts, without any linking (NOVIS, figure 4).
  bool clips = false;
  bool costs = false;  ///< also measures `Scores::costs`
  /// Also searches for the longest video within so many megabytes, after the scores.
  std::optional<int64_t> longest_video_mb;
};

/// The outcome of a run.
struct DatasetRunReport {
  std::filesystem::path folder;
  Shard shard;
  std::string data;          ///< the data set, for people: "synthetic, split val"
  std::string note;          ///< what must be said of the results; empty where there is nothing
  int64_t videos = 0;        ///< of the shard
  int64_t finished = 0;      ///< of these
  int64_t frames = 0;        ///< of the finished ones
  bool annotated = false;    ///< the data set has ground truth
  bool interrupted = false;  ///< `stop` said so
  std::vector<std::string> failed;  ///< videos that could not be read, with the reasons
  std::optional<Error> failure;     ///< what ended the run before its end
  std::string incomplete;  ///< why results are missing; empty where all of the shard are there
  /// Of all videos, as in metrics.json. None where the run is incomplete, of one shard of many, or
  /// over data without annotations.
  std::optional<Scores> scores;
};

/// A run that is ready: data and model are open, and everything that can be refused was.
class DatasetRun {
 public:
  /// Throws InputError with what is wrong with the config, its data or its weights, and where the
  /// folder holds something else. Writes nothing yet.
  DatasetRun(const DatasetRunRequest& request, const Config& config);
  ~DatasetRun();
  DatasetRun(const DatasetRun&) = delete;
  DatasetRun& operator=(const DatasetRun&) = delete;

  /// Runs the videos that are not finished yet in the folder. Without a shard, then joins all
  /// results into results.json, packs submission.zip for a server and, where the data has
  /// annotations, scores them into metrics.json. `stop` is asked at every frame: once it says true,
  /// the video at hand is given up, and a later run goes on with it. Errors of single videos, and
  /// those that end the run, are in the report. To be called once.
  DatasetRunReport run(const std::function<bool()>& stop = {});

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace clipwork::runs
