#pragma once
// Real numbers of JSON texts, correctly rounded.

#include <optional>
#include <string_view>

namespace clipwork {

/// Whether a character may belong to a number of JSON.
inline bool is_number_character(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// The number that ends a text; empty where it ends with NaN or Infinity.
std::string_view trailing_number(std::string_view text);

/// The double nearest to a number; 0 where it is too small for a double, none where it is too
/// large. For handlers of RapidJSON's reader: `number` ends where the reader is, and `approximate`
/// is what it passes to Double(), rounded several times, which is returned where `number` is empty.
/// The reader's flag kParseFullPrecisionFlag must not be used: with it, 0e308 becomes another
/// number, and one with 348 zeros behind the point is looked up beyond the end of a table.
std::optional<double> exact_real(std::string_view number, double approximate);

}  // namespace clipwork
