#include "kinds.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include <map>

namespace clipwork::parity {

namespace {

/// Filled while the program's files are initialised, in whatever order.
std::map<std::string, Kind::Run>& kinds() {
  static std::map<std::string, Kind::Run> all;
  return all;
}

}  // namespace

Kind::Kind(const char* name, Run run) { kinds().emplace(name, run); }

bool follows_recorded(const Case& golden, const Options& options, const std::string& stage) {
  const bool read = stage.ends_with("attn_mask") || stage.ends_with("id_masks");
  return read && golden.kind == "model" && !options.end_to_end && !golden.select.count(stage);
}

NamedTensors run_case(const Case& golden, const Options& options) {
  auto kind = kinds().find(golden.kind);
  if (kind == kinds().end()) {
    throw InputError(
        cat("cases of kind '", golden.kind, "' cannot be run"), golden.folder.string(),
        cat("supported kinds: ", join(kinds(), [](const auto& entry) { return entry.first; })));
  }
  if (!options.feed.empty() && golden.kind != "model") {
    throw InputError(cat("cases of kind '", golden.kind, "' have no taps to feed"),
                     golden.folder.string());
  }
  return kind->second(golden, options);
}

}  // namespace clipwork::parity
