#pragma once
// The sections of a config that belong to the loop itself, described like any component's
// parameters.

#include <clipwork/parameters.h>
#include <clipwork/preprocess.h>

#include <optional>
#include <string>
#include <vector>

namespace clipwork {

/// `[window]`: windows start at 0, stride, 2 stride, ... until one reaches the last frame.
struct WindowSection {
  std::optional<int64_t> length = 1;  ///< none: the whole video is one window
  std::optional<int64_t> stride;      ///< none: as long as the window
  std::string last =
      "short";  ///< "short": the last window is cut; "shift": it is moved back to full length
  void describe(Describer& d);
  int64_t step() const { return stride.value_or(length.value_or(0)); }
};

/// `[tracks]`: how scores of windows become scores of tracks, and which rows are results.
struct TracksSection {
  std::string classes = "mean_logits";  ///< mean_logits | mean_probs | max_probs | last
  std::string absent = "skip";   ///< a window without the track: does not count, or counts as zero
  std::string quality = "none";  ///< none | padded | output: where mask quality is summed
  std::string blend = "logits";  ///< logits | probs: what is averaged where windows share a frame
  int64_t top_k = 10;
  std::string top_k_over =
      "pairs";  ///< pairs: (track, class); rows: tracks, each with its best class
  double min_score = 0;
  int64_t keep =
      0;  ///< 0: masks of every track are kept until the ranking is final; n: of the n best so far
  void describe(Describer& d);
};

/// `[classes]`: names in the order of the class head, and the category ids that result files use.
struct ClassesSection {
  std::vector<std::string> names;
  std::vector<int64_t> ids;  ///< empty: 1, 2, 3, ...
  void describe(Describer& d);
  int64_t count() const { return static_cast<int64_t>(names.size()); }
  int64_t id(int64_t category) const;
};

/// `[weights]`
struct WeightsSection {
  std::string file;  ///< a checkpoint, or "rule"
  std::vector<std::string> allow_missing;
  void describe(Describer& d);
};

/// `[memory]`: what a stream may hold in main memory.
struct MemorySection {
  int64_t masks_mb = 256;  ///< settled masks beyond this go to a temporary file
  /// Where bulk entries of frame memos lie: auto (memory up to `memos_mb`, then spool) | memory |
  /// spool (a temporary file) | recompute (only the frame's pixels are kept).
  std::string memos = "auto";
  std::string memos_precision = "float";  ///< float | half
  int64_t memos_mb = 1024;
  void describe(Describer& d);
};

/// `[run]`
struct RunSection {
  bool plain = false;    ///< the readable form of every operator
  bool winograd = true;  ///< 3x3 convolutions by Winograd's algorithm
  bool keep_result =
      true;  ///< false: masks are forgotten once they were given out (endless streams)
  int64_t seed = 0;
  int64_t threads = 0;         ///< 0: as many as there are cores
  std::string device = "cpu";  ///< cpu | cuda | cuda:N
  void describe(Describer& d);
};

/// `[plugins]`
struct PluginsSection {
  std::vector<std::string> path;  ///< folders below the config's own, searched for plugins
  void describe(Describer& d);
};

/// `[output]`: what `clipwork run` writes and draws.
struct OutputSection {
  bool ids = true, overlay = true, pictures = false, report = true;
  double draw_score = 0;            ///< tracks below it are not drawn
  std::string bad_frames = "stop";  ///< stop | skip
  void describe(Describer& d);
};

}  // namespace clipwork
