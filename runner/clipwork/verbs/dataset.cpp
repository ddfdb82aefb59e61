// clipwork dataset

#include "verbs/dataset.h"

#include "cli/verb.h"

namespace clipwork::cli {

int run_dataset(const std::vector<std::string>& arguments) {
  VerbGroup group{
      "clipwork dataset",
      "Makes, shows, checks, repairs, divides and converts data sets.",
      {{"info", "shows the layout that is expected and what is there", dataset_info},
       {"check", "counts what a data set holds and finds its faults", dataset_check},
       {"browse", "draws its objects into its videos, to look at", dataset_browse},
       {"split", "divides it into parts that stay the same", dataset_split},
       {"convert", "writes it in another form", dataset_convert},
       {"make", "draws a video of moving shapes, or the synthetic benchmark", dataset_make}},
      {{"clipwork dataset info ytvis_2019", "shows what is found in a folder"},
       {"clipwork dataset check ytvis_2019/train.json",
        "reads all annotations and says what is wrong"}}};
  return dispatch(group, arguments);
}

}  // namespace clipwork::cli
