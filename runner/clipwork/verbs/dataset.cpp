// clipwork dataset

#include "verbs/dataset.h"

#include "cli/verb.h"

namespace clipwork::cli {

int run_dataset(const std::vector<std::string>& arguments) {
  VerbGroup group{
      "clipwork dataset",
      "Generates, shows, checks, repairs, splits and converts data sets.",
      {{"info", "shows the expected layout and the files found", dataset_info},
       {"check", "reports statistics and faults of a data set", dataset_check},
       {"browse", "draws the objects into the videos for viewing", dataset_browse},
       {"split", "splits it reproducibly", dataset_split},
       {"convert", "converts it to another format", dataset_convert},
       {"make", "generates a video of moving shapes, or the synthetic benchmark", dataset_make}},
      {{"clipwork dataset info ytvis_2019", "shows what is found in a folder"},
       {"clipwork dataset check ytvis_2019/train.json",
        "reads all annotations and reports faults"}}};
  return dispatch(group, arguments);
}

}  // namespace clipwork::cli
