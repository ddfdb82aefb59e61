#pragma once
// The verbs of the program, each defined in the file of its name.

#include "cli/verb.h"

namespace clipwork::cli {

extern const Verb kBench, kCompletion, kConfig, kDataset, kDoctor, kEval, kInspect, kMan,
    kNewPlugin, kPlot, kPlugins, kRun, kTable, kTrain, kWeights, kZoo;
/// Those of `clipwork dataset`.
extern const Verb kDatasetBrowse, kDatasetCheck, kDatasetConvert, kDatasetInfo, kDatasetMake,
    kDatasetMakeSynthetic, kDatasetSplit;

}  // namespace clipwork::cli
