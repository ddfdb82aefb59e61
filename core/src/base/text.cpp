#include <clipwork/printable.h>
#include <clipwork/text.h>

#include <charconv>

namespace clipwork {
namespace {

/// Room for the longest double in fixed notation: 309 digits before the point, a sign and a point.
constexpr size_t kLongest = 311;

std::string number(double value, std::chars_format format, int digits) {
  std::string text(kLongest + static_cast<size_t>(digits), '\0');
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, format, digits);
  text.resize(static_cast<size_t>(end - text.data()));
  return text;
}

}  // namespace

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += between;
    text += parts[i];
  }
  return text;
}

std::string join_or_nothing(const std::vector<std::string>& parts) {
  return parts.empty() ? "nothing" : join(parts);
}

std::string fixed(double value, int digits) {
  return number(value, std::chars_format::fixed, digits);
}

std::string significant(double value, int digits) {
  return number(value, std::chars_format::general, digits);
}

std::string padded(int64_t number, int width) {
  std::string text = std::to_string(number);
  const size_t sign = number < 0 ? 1 : 0, whole = static_cast<size_t>(width);
  if (text.size() < whole) text.insert(sign, whole - text.size(), '0');
  return text;
}

std::string counted(int64_t number, std::string_view thing) {
  std::string text = std::to_string(number);
  text += ' ';
  text += thing;
  if (number != 1) text += 's';
  return text;
}

std::string indented(std::string text, std::string_view by) {
  for (size_t at = 0; (at = text.find('\n', at)) != text.npos; at += 1 + by.size()) {
    text.insert(at + 1, by);
  }
  return text;
}

std::string hex_digits(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

}  // namespace clipwork
