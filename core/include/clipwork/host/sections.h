#pragma once
// The sections of a config that belong to the loop and its training, described like any component's
// parameters.

#include <clipwork/masks.h>
#include <clipwork/parameters.h>
#include <clipwork/preprocess.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// `[window]`: windows start at 0, stride, 2 stride, ... until one reaches the last frame.
struct WindowSection {
  std::optional<int64_t> length = 1;  ///< none: the whole video is one window
  std::optional<int64_t> stride;      ///< none: as long as the window
  /// The last window is cut short, or moved back to full length.
  enum class Last { cut_short, shift } last = Last::cut_short;
  void describe(Describer& d);
  int64_t step() const { return stride.value_or(length.value_or(0)); }
};

/// `[tracks]`: how scores of windows become scores of tracks, and which rows are results.
struct TracksSection {
  /// The rule by which class scores of windows are joined.
  enum class Classes { mean_logits, mean_probs, max_probs, last } classes = Classes::mean_logits;
  /// A window without the track does not count, or counts as zero.
  enum class Absent { skip, zero } absent = Absent::skip;
  Quality quality = Quality::none;
  /// The values that are averaged where windows share a frame.
  MaskForm::Values blend = MaskForm::Values::logits;
  int64_t top_k = 10;
  /// Ranked are (track, class) pairs, or tracks, each with its best class.
  enum class TopKOver { pairs, rows } top_k_over = TopKOver::pairs;
  double min_score = 0;
  /// Masks are kept of this many best tracks so far; 0: of every track until the ranking is final.
  int64_t keep = 0;
  void describe(Describer& d);
};

/// `[classes]`: names in the order of the class head, and the category ids that result files use.
struct ClassesSection {
  std::vector<std::string> names;
  std::vector<int64_t> ids;  ///< empty: 1, 2, 3, ...
  /// The checkpoint knows the same classes, in the same order, under other names.
  bool renamed = false;
  void describe(Describer& d);
  int64_t count() const { return static_cast<int64_t>(names.size()); }
  int64_t id(int64_t category) const;
};

/// `[weights]`
struct WeightsSection {
  std::string file;  ///< a checkpoint, "rule" or "initial", as `weight_origin` reads it
  std::vector<std::string> allow_missing;
  void describe(Describer& d);
};

/// `[memory]`: what a stream may hold in main memory.
struct MemorySection {
  int64_t masks_mb = 256;  ///< settled masks beyond this go to a temporary file
  /// The place of bulk entries of frame memos: in main memory up to `memos_mb` and then in a
  /// temporary file; in main memory; in a temporary file; or nowhere, with only the frame's pixels
  /// kept.
  enum class Memos { automatic, memory, spool, recompute } memos = Memos::automatic;
  enum class Precision { single, half } memos_precision = Precision::single;
  int64_t memos_mb = 1024;
  void describe(Describer& d);
};

/// `[run]`
struct RunSection {
  bool plain = false;    ///< the readable form of every operator
  bool winograd = true;  ///< 3x3 convolutions by Winograd's algorithm
  /// False: masks are forgotten once they were returned (endless streams).
  bool keep_result = true;
  int64_t seed = 0;
  int64_t threads = 0;         ///< 0: as many as there are cores
  std::string device = "cpu";  ///< cpu | cuda | cuda:N
  /// The windows whose components are checked for what they return; `first`: the first of each
  /// video, and in training of each batch.
  enum class Checks { always, first, never } checks = Checks::always;
  void describe(Describer& d);
};

/// `[plugins]`
struct PluginsSection {
  /// Folders that are searched for plugins; of a plan, the full paths of those that are trusted.
  std::vector<std::string> path;
  void describe(Describer& d);
};

/// `[output]`: what `clipwork run` writes and draws.
struct OutputSection {
  bool ids = true, overlay = true, pictures = false, report = true;
  double draw_score = 0;  ///< tracks below it are not drawn
  /// At a frame that cannot be read.
  enum class BadFrames { stop, skip } bad_frames = BadFrames::stop;
  void describe(Describer& d);
};

/// The optimizer: a part of `[train]`.
struct OptimizerSection {
  double rate = 1e-4, weight_decay = 0.05, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  /// Regular expressions searched in full parameter names, and factors; the first match counts.
  std::vector<std::pair<std::string, double>> rate_factors, decay_factors;
  /// Norms and learned tables are not decayed, nor are parameters whose names have one of these.
  bool decay_norms = false, decay_tables = false;
  std::vector<std::string> no_decay = {"relative_position_bias_table", "absolute_pos_embed"};
  double clip_norm = 0.01;  ///< of all gradients together, 2-norm; 0: no limit
  void describe(Describer& d);
};

/// The schedule of the learning rate over the steps: a part of `[train]`.
struct ScheduleSection {
  /// The rate stays, falls at `milestones`, or falls to zero as a power of the steps left.
  enum class Form { constant, steps, poly } form = Form::constant;
  std::vector<int64_t> milestones;  ///< of `steps`: from each of these steps on, times `factor`
  double factor = 0.1, power = 0.9;
  int64_t warmup_steps = 0;
  double warmup_factor = 0.001;
  void describe(Describer& d);
};

/// `[train]`
struct TrainSection {
  /// Regular expressions searched in full parameter names. Trained is what one of `only` is found
  /// in (all, where it is empty), and none of `freeze`.
  std::vector<std::string> only, freeze;
  /// Regular expressions searched in names of modules ("backbone.res2.0.conv1.norm") that stay in
  /// evaluation mode: their norms keep their statistics, while weights may learn.
  std::vector<std::string> evaluate;
  OptimizerSection optimizer;
  ScheduleSection schedule;
  int64_t steps = 0;
  int64_t batch = 1;       ///< samples a step, of all processes and parts together
  int64_t accumulate = 1;  ///< parts that a process works through one after the other
  /// The batch that the rate is meant for (0: `batch`), and whether the rate follows it.
  int64_t recipe_batch = 0;
  bool scale_rate = false;
  enum class Precision { single, bfloat16 } precision = Precision::single;
  /// Components whose activations are computed again in the backward pass: backbone, pixel_decoder
  std::vector<std::string> recompute;
  double average = 0;  ///< decay of the weights' average; 0: none is kept
  int64_t workers = 2;
  int64_t checkpoint_every = 1000, evaluate_every = 0, log_every = 20, keep = 2;
  std::string best = "AP";  ///< the measure that the best checkpoint has most of
  /// The name of these weights, by which a later stage asks for them, and of those they start from.
  std::string stage, parent;
  void describe(Describer& d);

  /// The factor of the rate that follows from the batch.
  double rate_scale() const;
  /// Samples of one forward pass. Throws InputError where the batch cannot be divided so.
  int64_t part_of_batch(int64_t processes) const;
};

/// The values of all sections; `[model]`, `[data]` and `[loss]` hold components instead.
struct Sections {
  WindowSection window;
  Preprocess preprocess;
  TracksSection tracks;
  MemorySection memory;
  ClassesSection classes;
  WeightsSection weights;
  RunSection run;
  OutputSection output;
  TrainSection train;
  PluginsSection plugins;
};

/// A section as it is listed.
struct SectionInfo {
  std::string name, sentence;
  std::vector<std::string> parts;  ///< names of the components in it
};

/// All sections of a config, in the order in which they are printed.
std::vector<SectionInfo> sections();

/// The values of a section, with their defaults; none for a section of components.
std::vector<ParameterInfo> section_parameters(const std::string& section);

}  // namespace clipwork
