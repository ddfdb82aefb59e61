// From TOML to a plan: faults of sections, components and contracts are collected, and what has
// none is, with every default filled in, a config without faults again.

#include <clipwork/error.h>
#include <clipwork/host/plan.h>

#include "fuzzed_file.h"

using namespace clipwork;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    const Plan plan = plan_pipeline(parse_config(text));
    if (!plan.faults.empty()) return 0;
    fuzz::require(plan_pipeline(parse_config(plan.resolved.toml())).faults.empty());
  } catch (const InputError&) {
  }
  return 0;
}
