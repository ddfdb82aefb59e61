#pragma once
// Plugins for tests. The main function of `clipwork_plugin_test` calls this.

#include <string>
#include <vector>

namespace clipwork::test {

/// Loads a plugin's file with the checks that every program makes, then those of these folders and
/// of the usual search path. Throws InputError with every reason where the file is refused.
void load_plugins(const std::string& file, const std::vector<std::string>& folders);

}  // namespace clipwork::test
