#pragma once
// A config assembled into components, and the loop over a video.

#include <clipwork/api.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/tracks.h>
#include <clipwork/tap.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace clipwork {

class Stream;

/// Weights that training from nothing begins with, random numbers drawn from `[run] seed`.
struct InitialWeights {};
/// The source of weights: a checkpoint file, names and a seed, or the start of a training.
using WeightOrigin = std::variant<std::filesystem::path, WeightRule, InitialWeights>;
/// The origin that configs and command lines name: "rule", "initial", or a file.
WeightOrigin weight_origin(const std::string& name);

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
  /// For inference: builds what was planned, loads weights (those of `[weights] file` where none
  /// are given), prepares. Throws InputError with every fault of the plan at once.
  explicit Pipeline(const Plan& plan, const std::optional<WeightOrigin>& weights = {});
  /// The same of a config that is planned for this pipeline alone.
  explicit Pipeline(const Config& config, const std::optional<WeightOrigin>& weights = {});
  /// For a `Learner`: with the loss, unprepared; its parts that have parameters are components like
  /// those of the model. What a checkpoint leaves out begins as initial weights do.
  static Pipeline for_training(const Plan& plan, const std::optional<WeightOrigin>& weights = {});
  /// Components as they are built, without weights and unprepared, to be looked at or compared with
  /// a checkpoint.
  static Pipeline for_inspection(const Plan& plan);
  ~Pipeline();
  Pipeline(Pipeline&&) noexcept;

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
  explicit Pipeline(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

/// Tensors that the public code's model holds besides the model itself: buffers of the config's
/// loss under their public names ("criterion.empty_weight"); none where it has no [loss]. Throws
/// InputError with every fault of the plan.
std::vector<CheckpointEntry> loss_weights(const Plan& plan);

/// Time spent, by stage: "preprocess", "backbone", "pixel_decoder", "encode", "propose", "decode",
/// "track", "observe", "settle".
struct CLIPWORK_API StageTimes {
  struct Stage {
    std::string name;
    double wall_seconds = 0, cpu_seconds = 0;
    /// For "propose", two a window: the decoder's start queries, and what the tracker makes of
    /// them.
    int64_t calls = 0;
  };
  std::vector<Stage> stages;

  /// The stage of that name, which is added where it is missing.
  Stage& stage(const std::string& name);
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
