#include "verbs/verbs.h"

namespace clipwork::cli {

const std::vector<Verb>& verbs() {
  // In the order of the help.
  static const std::vector<Verb> all = {kRun,       kEval,    kTrain,  kTable,   kBench,
                                        kConfig,    kDataset, kPlot,   kInspect, kPlugins,
                                        kNewPlugin, kDoctor,  kWeights};
  return all;
}

}  // namespace clipwork::cli
