#pragma once
// TOML text to values.

#include <clipwork/parameters.h>
#include <clipwork/value.h>

#include <optional>
#include <string>

namespace clipwork {

/// Tables and lists in each other, at most; what is deeper is refused.
constexpr int kMaxConfigDepth = 32;

/// A larger file is not read as a config.
constexpr size_t kMaxConfigBytes = 4 << 20;

/// The longest path of a key, of its tables and itself.
constexpr size_t kMaxKeyBytes = 1000;

/// The table of a TOML text, its members in the order of the text. `file` is the origin of every
/// value. Dates, too deep nesting and too long keys are faults; none and one fault where the text
/// is not TOML.
std::optional<Value> parse_toml(const std::string& text, const std::string& file, Faults& faults);

}  // namespace clipwork
