#include <clipwork/printable.h>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace clipwork {

std::string shortened(const std::string& text, size_t most) {
  constexpr std::string_view kGap = " ... ";
  if (text.size() <= most || most <= kGap.size()) return text;
  size_t front = (most - kGap.size()) / 2, back = text.size() - front;
  const auto inside = [&](size_t at) { return (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80; };
  while (front > 0 && inside(front)) --front;
  while (back < text.size() && inside(back)) ++back;
  return text.substr(0, front) + std::string(kGap) + text.substr(back);
}

size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Forms that are longer than necessary, halves of pairs, and beyond the last character.
  const bool bad = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
                   (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f);
  return bad ? 0 : length;
}

namespace {

/// The code of a UTF-8 character of this length.
uint32_t code_of(std::string_view character) {
  const auto first = static_cast<uint8_t>(character[0]);
  uint32_t code = character.size() == 1 ? first : first & (0xff >> (character.size() + 1));
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<uint8_t>(c) & 0x3f);
  return code;
}

bool is_control(uint32_t code) {
  if (code < 0x20) return code != '\n' && code != '\t';
  const bool direction = code == 0x061c || code == 0x200e || code == 0x200f ||
                         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  const bool line = code == 0x2028 || code == 0x2029;
  return (code >= 0x7f && code < 0xa0) || direction || line;
}

std::string hex_number(uint32_t code, int digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string written;
  for (int shift = 4 * digits - 4; shift >= 0; shift -= 4) written += kDigits[code >> shift & 15];
  return written;
}

bool is_plain(char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\t'; }

/// The text with what `escape(character, code)` returns for each control character, and for each
/// byte that is not UTF-8, which has no code.
template <class Escape>
std::string without_controls(std::string_view text, const Escape& escape) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const auto special = std::find_if_not(text.begin(), text.end(), is_plain);
    safe.append(text.begin(), special);
    text.remove_prefix(static_cast<size_t>(special - text.begin()));
    if (text.empty()) break;
    const size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<size_t>(1, length));
    if (length > 0 && !is_control(code_of(character))) {
      safe += character;
    } else {
      safe += escape(character, length > 0 ? std::optional(code_of(character)) : std::nullopt);
    }
    text.remove_prefix(character.size());
  }
  return safe;
}

}  // namespace

std::string printable(std::string_view text) {
  return without_controls(text, [](std::string_view character, std::optional<uint32_t> code) {
    if (code && *code >= 0x80) return "\\u" + hex_number(*code, 4);
    return "\\x" + hex_number(code.value_or(static_cast<uint8_t>(character[0])), 2);
  });
}

std::string printable_json(std::string_view document) {
  return without_controls(document, [](std::string_view, std::optional<uint32_t> code) {
    return "\\u" + hex_number(code.value_or(0xfffd), 4);
  });
}

}  // namespace clipwork
