#include "run/deciding_values.h"

#include <clipwork/error.h>

#include <algorithm>

namespace clipwork::runs {
namespace {

/// Settings that cannot change results: paths and speed.
constexpr const char* kIndifferentToResults[] = {"data",
                                                 "loss",
                                                 "train",
                                                 "output",
                                                 "plugins",
                                                 "run.device",
                                                 "run.threads",
                                                 "run.checks",
                                                 "weights.file",
                                                 "classes.renamed",
                                                 "memory.masks_mb",
                                                 "memory.memos",
                                                 "memory.memos_mb"};

}  // namespace

bool affects_results(std::string_view path) {
  return std::ranges::none_of(kIndifferentToResults,
                              [&](const char* place) { return is_below(path, place); });
}

std::vector<std::string> value_lines(const Config& config, bool (*counts)(std::string_view path)) {
  std::vector<std::string> lines;
  for (const Difference& value : differences(config, Config())) {
    if (counts(value.path)) lines.push_back(cat(value.path, " = ", value.here.toml()));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace clipwork::runs
