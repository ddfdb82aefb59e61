#pragma once
// Configs of the tests of planning, and what is found wrong with them.

#include <clipwork/host/plan.h>

#include "core/loop_components.h"
#include "support.h"

namespace clipwork::test {

/// configs/NAME with changes.
inline Config changed(const std::string& name, const std::vector<Override>& changes = {}) {
  use_built_plugins();
  return load_config((source_dir() / "configs" / name).string(), changes);
}

/// All faults of this config as text, those of training included; empty where it has none.
inline std::string faults_of(const Config& config) {
  register_loop_components();
  return plan_pipeline(config).faults_for_training().text();
}

}  // namespace clipwork::test
