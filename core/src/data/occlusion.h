#pragma once
// OVIS's words for how much of an object others hide, and their numbers.

#include <optional>
#include <string_view>

namespace clipwork {

/// 0, 0.25 or 0.75; nothing where the word is not one of OVIS's.
inline std::optional<double> occlusion_of(std::string_view word) {
  if (word == "no_occlusion") return 0;
  if (word == "slight_occlusion") return 0.25;
  if (word == "severe_occlusion") return 0.75;
  return {};
}

inline const char* occlusion_word(double occlusion) {
  return occlusion == 0    ? "no_occlusion"
         : occlusion < 0.5 ? "slight_occlusion"
                           : "severe_occlusion";
}

}  // namespace clipwork
