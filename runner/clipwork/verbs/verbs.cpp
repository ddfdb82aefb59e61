#include "verbs/verbs.h"

namespace clipwork::cli {

const VerbGroup& program_verbs() {
  static const VerbGroup program = {
      "clipwork",
      "Clipwork: video instance segmentation from plugins and TOML files.",
      // In the order of the help.
      {kRun, kEval, kTrain, kTable, kBench, kConfig, kDataset, kPlot, kZoo, kInspect, kPlugins,
       kNewPlugin, kDoctor, kWeights, kCompletion, kMan},
      {{"clipwork config show clipwork:demo/minvis.toml",
        "prints an installed config, each value with its origin"},
       {"clipwork run clipwork:minvis/tiny.toml --input video.mp4 --out results --weights rule",
        "tries everything in seconds, with untrained weights"}}};
  return program;
}

}  // namespace clipwork::cli
