#pragma once
// A config assembled into components, and the loop over a video.

#include <clipwork/api.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/sections.h>
#include <clipwork/host/tracks.h>
#include <clipwork/tap.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

class Config;
class Stream;

struct PipelineOptions {
  /// A checkpoint, or "rule"; empty: as the config says.
  std::string weights;
  /// Seed and gains for weights by rule.
  WeightRule rule;
  /// Components as they are built, without weights and unprepared (inspection, comparison with a
  /// checkpoint).
  bool build_only = false;
  /// For a `Learner`: with the loss, in training mode, parameters as `[train]` says, unprepared.
  bool training = false;
};

/// One video on its way through the loop.
struct VideoInfo {
  std::string name;                 ///< in error messages
  std::optional<Size> output;       ///< size of the masks; none: the size of the frames
  TapListener* listener = nullptr;  ///< hears the taps of this stream's calls
  std::optional<int64_t> frames;    ///< how many will come, where it is known
};

/// A component of a pipeline, as it stands in the config.
struct PipelineComponent {
  std::string place;  ///< "model.decoder", "model.decoder.frame"
  std::string kind, type, plugin;
  std::shared_ptr<const Contract> contract;
  std::shared_ptr<Component> component;
};

/// Immutable after assembly: many streams share one.
class CLIPWORK_API Pipeline {
 public:
  /// Checks, builds, loads weights, prepares. Throws InputError with every fault of the config at
  /// once.
  explicit Pipeline(const Config& config, const PipelineOptions& options = {});
  ~Pipeline();

  /// A stream for one video. The pipeline outlives it.
  Stream open(const VideoInfo& video = {}) const;

  const std::vector<PipelineComponent>& components() const;
  const WindowSection& window() const;
  const TracksSection& tracks() const;
  const ClassesSection& classes() const;
  const RunSection& run() const;
  const OutputSection& output() const;
  const Preprocess& preprocess() const;
  const TrainSection& training() const;
  /// The origin of the weights: "rule (seed 1)", or the file's path and SHA-256; and what loading
  /// reported.
  const std::string& weights_origin() const;
  bool weights_by_rule() const;
  /// The identity of these weights: the checkpoint's SHA-256, or "rule (seed 1)".
  const std::string& weights_identity() const;
  const LoadReport& load_report() const;
  /// Every picture is a video of its own (image models): a stream takes one frame.
  bool still_pictures() const;

 private:
  friend class Stream;
  friend class Learner;
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// Checks a config as assembly would (sections, components, parameters, contracts), without
/// building anything.
void check_pipeline(const Config& config, class Faults& faults);
/// The config with every parameter of its sections and components that it leaves out, at its
/// default (origin "default"). A config with faults comes back as it is.
Config with_defaults(const Config& config);

/// Tensors that the public code's model holds besides the model itself: buffers of the config's
/// loss under their public names ("criterion.empty_weight"); none where it has no [loss]. Throws
/// InputError with every fault of the config.
std::vector<CheckpointEntry> loss_weights(const Config& config);

/// Time spent, by stage: "preprocess", "backbone", "pixel_decoder", "encode", "propose", "decode",
/// "track", "observe", "settle".
struct StageTimes {
  struct Stage {
    std::string name;
    double wall_seconds = 0, cpu_seconds = 0;
    /// For "propose", two a window: the decoder's start queries, and what the tracker makes of
    /// them.
    int64_t calls = 0;
  };
  std::vector<Stage> stages;
};

/// The memory that a stream holds, by place. Bulk entries of memos are those that `[memory] memos`
/// is about.
struct MemoryUse {
  std::string memos;      ///< where bulk entries lie now: "memory", "spool", "recompute"
  std::string precision;  ///< in which they are kept: "float", "half"
  /// Main memory that one more frame takes while a window needs it, bytes.
  int64_t bytes_per_frame = 0;
  int64_t held_bytes = 0, peak_held_bytes = 0;  ///< bulk entries in main memory, now and at most
  int64_t memo_file_bytes = 0;                  ///< temporary file of bulk entries
  int64_t recomputed = 0;                       ///< frames that were computed again
  int64_t mask_bytes = 0, mask_file_bytes = 0;  ///< settled masks, in main memory and in a file
};

/// The end of a video.
struct Finished {
  Result result;
  std::vector<SettledFrame> settled;  ///< the frames that `push` has not returned
};

/// The loop over one video. Frames pushed one by one give the same tracks as all at once.
class CLIPWORK_API Stream {
 public:
  ~Stream();
  Stream(Stream&&) noexcept;
  /// Takes the next frame. Returns the frames that settled with it, which never change afterwards.
  /// Throws InputError where a frame has another form or size, and Error naming the frame and the
  /// component that failed.
  std::vector<SettledFrame> push(const Frame& frame);
  /// Ends the video: the remaining frames settle, and the ranking is final. Throws InputError where
  /// no frame was pushed.
  Finished finish();
  const StageTimes& times() const;
  MemoryUse memory() const;
  /// Frames that must follow a frame, at most, before it settles; none where only the video's end
  /// settles anything.
  std::optional<int64_t> latency() const;

 private:
  friend class Pipeline;
  struct Implementation;
  explicit Stream(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace clipwork
