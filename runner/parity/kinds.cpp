#include "kinds.h"

#include <clipwork/error.h>

#include <map>

namespace clipwork::parity {

NamedTensors run_case(const Case& golden, const Options& options) {
  static const std::map<std::string, NamedTensors (*)(const Case&, const Options&)> kKinds = {
      {"loss_genvis", run_loss_genvis},
      {"loss_matcher", run_loss_matcher},
      {"loss_novis", run_loss_novis},
      {"loss_points", run_loss_points},
      {"train", run_train},
      {"loss_set", run_loss_set},
      {"loss_vita", run_loss_vita},
      {"minvis_match", run_minvis_match},
      {"model", run_model},
      {"preprocess", run_preprocess},
      {"results", run_results},
      {"rule", run_rule},
  };
  auto kind = kKinds.find(golden.kind);
  if (kind == kKinds.end()) {
    std::string known;
    for (const auto& [name, run] : kKinds) known += (known.empty() ? "" : ", ") + name;
    throw InputError(cat("cases of kind '", golden.kind, "' cannot be run"), golden.folder.string(),
                     cat("the kinds known here are ", known));
  }
  if (!options.feed.empty() && golden.kind != "model") {
    throw InputError(cat("cases of kind '", golden.kind, "' have no taps to feed"),
                     golden.folder.string());
  }
  return kind->second(golden, options);
}

}  // namespace clipwork::parity
