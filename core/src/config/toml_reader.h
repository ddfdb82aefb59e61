#pragma once
// TOML text to values.

#include <clipwork/parameters.h>
#include <clipwork/value.h>

#include <optional>
#include <string>

namespace clipwork {

/// Tables and lists in each other, at most; what is deeper is refused.
constexpr int kMaxConfigDepth = 32;

/// The table of a TOML text, its members in the order of the text. `file` is the origin of every
/// value. Dates and too deep nesting are faults; none and one fault where the text is no TOML.
std::optional<Value> parse_toml(const std::string& text, const std::string& file, Faults& faults);

}  // namespace clipwork
