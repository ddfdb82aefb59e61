#pragma once
// Tables of their own that components read from files in the form of configs.

#include <clipwork/value.h>

#include <string>

namespace clipwork {

/// The table of a TOML file with all that it extends. `file` is a path, or "clipwork:NAME" for an
/// installed config. Throws InputError that lists all faults.
Value read_config_table(const std::string& file);

}  // namespace clipwork
