#include "base/json_number.h"

#include <charconv>
#include <cmath>

namespace clipwork {

std::string_view trailing_number(std::string_view text) {
  size_t begin = text.size();
  while (begin > 0 && is_number_character(text[begin - 1])) --begin;
  return text.substr(begin);
}

std::optional<double> exact_real(std::string_view number, double approximate) {
  if (number.empty()) return approximate;
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error == std::errc() && std::isfinite(value)) return value;
  if (std::abs(approximate) < 1) return std::copysign(0.0, approximate);
  return {};
}

}  // namespace clipwork
