#pragma once

#include <algorithm>
#include <cctype>
#include <string>

namespace clipwork::cli {

/// True if `text` has `word` in it, whatever the case of their letters.
inline bool holds_word(const std::string& text, const std::string& word) {
  auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

}  // namespace clipwork::cli
