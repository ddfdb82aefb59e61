#include "kinds.h"

#include <clipwork/error.h>

#include <map>

namespace clipwork::parity {

bool follows_recorded(const Case& golden, const Options& options, const std::string& stage) {
  const bool read = stage.ends_with("attn_mask") || stage.ends_with("id_masks");
  return read && golden.kind == "model" && !options.end_to_end && !golden.select.count(stage);
}

NamedTensors run_case(const Case& golden, const Options& options) {
  static const std::map<std::string, NamedTensors (*)(const Case&, const Options&)> kKinds = {
      {"backbone", run_backbone},
      {"condinst_head", run_condinst_head},
      {"genvis_clip", run_genvis_clip},
      {"iai_assign", run_iai_assign},
      {"iai_association", run_iai_association},
      {"loss_condinst", run_loss_condinst},
      {"loss_genvis", run_loss_genvis},
      {"loss_matcher", run_loss_matcher},
      {"loss_novis", run_loss_novis},
      {"loss_points", run_loss_points},
      {"loss_set", run_loss_set},
      {"loss_vita", run_loss_vita},
      {"minvis_match", run_minvis_match},
      {"model", run_model},
      {"novis_link", run_novis_link},
      {"novis_overlap", run_novis_overlap},
      {"preprocess", run_preprocess},
      {"results", run_results},
      {"rule", run_rule},
      {"train", run_train},
      {"vita_module", run_vita_module},
  };
  auto kind = kKinds.find(golden.kind);
  if (kind == kKinds.end()) {
    std::string known;
    for (const auto& [name, run] : kKinds) known += (known.empty() ? "" : ", ") + name;
    throw InputError(cat("cases of kind '", golden.kind, "' cannot be run"), golden.folder.string(),
                     cat("supported kinds: ", known));
  }
  if (!options.feed.empty() && golden.kind != "model") {
    throw InputError(cat("cases of kind '", golden.kind, "' have no taps to feed"),
                     golden.folder.string());
  }
  return kind->second(golden, options);
}

}  // namespace clipwork::parity
