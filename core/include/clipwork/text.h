#pragma once
// Text put together from parts, and numbers as text. None of it depends on the locale.

#include <concepts>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// The parts with `between` from one to the next.
std::string join(const std::vector<std::string>& parts, std::string_view between = ", ");

/// The same; "nothing" where there are no parts.
std::string join_or_nothing(const std::vector<std::string>& parts);

/// The same as `join` of what `text_of` makes of each part of a range.
template <std::ranges::input_range Parts, class TextOf>
requires std::invocable<TextOf&, std::ranges::range_reference_t<const Parts>> std::string join(
    const Parts& parts, TextOf text_of, std::string_view between = ", ") {
  std::vector<std::string> texts;
  for (const auto& part : parts) texts.push_back(text_of(part));
  return join(texts, between);
}

/// With `digits` digits after the point: fixed(3.14159, 2) is "3.14".
std::string fixed(double value, int digits);

/// With at most `digits` significant digits: significant(0.000125, 2) is "0.00013".
std::string significant(double value, int digits);

/// With zeros in front up to `width` characters: padded(12, 6) is "000012".
std::string padded(int64_t number, int width);

/// A number of things: "1 frame", "0 frames", "2 frames".
std::string counted(int64_t number, std::string_view thing);

/// A text of several lines as a part of one that is indented: `by` begins every line but the first.
std::string indented(std::string text, std::string_view by);

/// Two lower-case hexadecimal digits for each byte.
std::string hex_digits(std::span<const uint8_t> bytes);

/// Text as HTML and SVG take it, in elements and in attribute values.
std::string escaped(std::string_view text);

}  // namespace clipwork
