// clipwork dataset

#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

int run(const std::vector<std::string>& arguments) {
  VerbGroup group{
      "clipwork dataset",
      "Generates, shows, checks, repairs, splits and converts data sets.",
      {kDatasetInfo, kDatasetCheck, kDatasetBrowse, kDatasetSplit, kDatasetConvert, kDatasetMake},
      {{"clipwork dataset info ytvis_2019", "shows what is found in a folder"},
       {"clipwork dataset check ytvis_2019/train.json",
        "reads all annotations and reports faults"}}};
  return dispatch(group, arguments);
}

}  // namespace

const Verb kDataset = {"dataset", "generates, checks, splits and converts data sets", run};

}  // namespace clipwork::cli
