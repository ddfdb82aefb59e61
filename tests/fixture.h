#pragma once
// Plugins that tests load, or that must be refused.

#include <filesystem>
#include <string>

#include "support.h"

namespace clipwork::test {

/// The plugin that tests/fixtures/NAME is built into.
inline std::filesystem::path fixture(const std::string& name) {
  return build_dir() / "tests/fixtures" / (name + ".so");
}

}  // namespace clipwork::test
