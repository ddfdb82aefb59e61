#pragma once
// Runs over one video: a pipeline over a file, a folder of pictures, a camera or a stream, from the
// config to a folder with results, drawings and a report. `clipwork run CONFIG` is this.

#include <clipwork/error.h>
#include <clipwork/host/config.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::runs {

struct VideoRunRequest {
  std::string config;      ///< what the config is called, for people
  std::string input;       ///< "FILE", "FOLDER", "camera:N", or "-" for standard input
  std::string out;         ///< the folder that takes the results
  bool overwrite = false;  ///< replace the results of an earlier run in it
  int64_t max_frames = 0;  ///< stop after so many; 0: read all
  /// The part of the input that is read: seconds from its beginning, and every n-th frame. Times in
  /// the outputs count from the first frame that is read.
  double start = 0;
  std::optional<double> end;
  int64_t every = 1;
  std::optional<double> fps;         ///< frames per second of pictures, which have no times
  std::vector<std::string> classes;  ///< names of those to keep; empty: all
  /// A file, or "-" for standard output, that takes each frame's tracks as a line of JSON as soon
  /// as the frame is settled; empty: none.
  std::string stream;
};

/// The outcome of a run.
struct VideoRunReport {
  std::filesystem::path folder;
  std::string note;              ///< what must be said of the results; empty where there is nothing
  int64_t frames = 0;            ///< that were read
  bool interrupted = false;      ///< `stop` said so
  std::optional<Error> failure;  ///< what ended the run before its end
  std::string incomplete;        ///< why results are missing; empty where they are complete
};

/// A run that is ready: input and model are open.
class VideoRun {
 public:
  /// Throws InputError with what is wrong with the config, the input or the weights, and where the
  /// folder holds something else. Writes nothing yet.
  VideoRun(const VideoRunRequest& request, const Config& config);
  ~VideoRun();
  VideoRun(const VideoRun&) = delete;
  VideoRun& operator=(const VideoRun&) = delete;

  /// Reads the frames and writes results.json, and what [output] wants: ids/, pictures/,
  /// overlay.mp4, report.html. `stop` is asked at every frame: once it says true, what was read is
  /// written. Throws where not even the first frame can be read; what ends the run later is in the
  /// report. To be called once.
  VideoRunReport run(const std::function<bool()>& stop = {});

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace clipwork::runs
