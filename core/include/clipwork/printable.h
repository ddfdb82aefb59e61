#pragma once
// Text of unknown origin, as it may be shown.

#include <string>
#include <string_view>

namespace clipwork {

/// A text of more than `most` bytes without its middle: "begin ... end".
std::string shortened(const std::string& text, size_t most);

/// The text as a terminal shows it without acting on it. Control characters of ASCII and Unicode
/// (C1, direction of writing, line separators) and bytes that are not UTF-8 are written out:
/// `\x1b`,
/// `\u202e`. Newlines and tabs stay.
std::string printable(std::string_view text);

/// A JSON document with the same characters written as its own escapes: `\u001b`, `\u202e`, and
/// `\ufffd` for bytes that are not UTF-8.
std::string printable_json(std::string_view document);

/// The length of the UTF-8 character that the text begins with; 0 if there is none.
size_t utf8_length(std::string_view text);

}  // namespace clipwork
