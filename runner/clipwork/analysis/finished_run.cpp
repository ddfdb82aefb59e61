#include "analysis/finished_run.h"

#include <clipwork/error.h>
#include <clipwork/host/config.h>

#include "data/split_data.h"

namespace clipwork::runs {
namespace fs = std::filesystem;

FinishedRun open_finished_run(const fs::path& folder) {
  for (const char* file : {"config.toml", "results.json"}) {
    if (fs::exists(folder / file)) continue;
    throw InputError(cat("expected the folder of a finished evaluation, found no ", file),
                     folder.string(),
                     "use the --out of `clipwork eval CONFIG`, or a results file with --gt");
  }
  const SplitData data = open_split(load_config((folder / "config.toml").string()));
  if (!data.dataset->annotated()) {
    throw InputError("the data set has no annotations, so there is nothing to compare with",
                     data.name);
  }
  return {data.dataset, data.name, data.hash, ground_truth(*data.dataset, data.name),
          read_results(folder / "results.json")};
}

}  // namespace clipwork::runs
