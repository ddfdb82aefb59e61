#pragma once
// TOML texts, and files that are not configs.

#include <clipwork/faults.h>
#include <clipwork/value.h>

#include <filesystem>
#include <optional>
#include <string>

namespace clipwork {

/// The table of a TOML text, its members in the order of the text. `file` is the origin of every
/// value. Dates, too deep nesting and too long keys are faults; none and one fault where the text
/// is not TOML.
std::optional<Value> parse_toml(const std::string& text, const std::string& file, Faults& faults);

/// The table of a TOML file, every value with its place in it. Adds to `faults` and returns none
/// where the file cannot be read, is too large, or is not TOML.
std::optional<Value> read_toml_file(const std::filesystem::path& file, Faults& faults);

}  // namespace clipwork
