#include <clipwork/category.h>

#include <algorithm>
#include <cctype>

namespace clipwork {

bool same_class_name(std::string_view a, std::string_view b) {
  auto plain = [](unsigned char c) {
    return c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(c));
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return plain(x) == plain(y); });
}

}  // namespace clipwork
