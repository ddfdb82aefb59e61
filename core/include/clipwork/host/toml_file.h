#pragma once
// TOML files that are not configs.

#include <clipwork/faults.h>
#include <clipwork/value.h>

#include <filesystem>
#include <optional>

namespace clipwork {

/// The table of a TOML file, every value with its place in it. Adds to `faults` and returns none
/// where the file cannot be read, is too large, or is not TOML.
std::optional<Value> read_toml_file(const std::filesystem::path& file, Faults& faults);

}  // namespace clipwork
