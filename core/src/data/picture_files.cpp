#include <clipwork/data/picture_files.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace clipwork {
namespace fs = std::filesystem;
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// The name with one '#' for each run of digits.
std::string without_numbers(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (!is_digit(c)) {
      text += c;
    } else if (!text.ends_with('#')) {
      text += '#';
    }
  }
  return text;
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i, ++j;
      continue;
    }
    auto number = [](std::string_view text, size_t& position) {
      while (position < text.size() && text[position] == '0') ++position;
      const size_t first = position;
      while (position < text.size() && is_digit(text[position])) ++position;
      return text.substr(first, position - first);
    };
    const auto x = number(a, i), y = number(b, j);
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
  if ((i < a.size()) != (j < b.size())) return i >= a.size();
  return a < b;
}

std::string lower_extension(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return extension;
}

std::vector<fs::path> picture_files(const fs::path& folder) {
  static constexpr std::array kExtensions = {".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".pnm"};
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const fs::path& file = entry.path();
    if (!file.filename().string().starts_with('.') &&
        std::find(kExtensions.begin(), kExtensions.end(), lower_extension(file)) !=
            kExtensions.end() &&
        !entry.is_directory(failed)) {
      files.push_back(file);
    }
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return files;
}

std::optional<int64_t> frame_number(const fs::path& file) {
  const std::string stem = file.stem().string();
  size_t end = stem.size();
  while (end > 0 && !is_digit(stem[end - 1])) --end;
  size_t begin = end;
  while (begin > 0 && is_digit(stem[begin - 1])) --begin;
  int64_t number = 0;
  const auto result = std::from_chars(stem.data() + begin, stem.data() + end, number);
  return result.ec == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<std::pair<std::string, std::string>> sorted_as_text(
    const std::vector<std::string>& names) {
  if (!std::is_sorted(names.begin(), names.end())) return {};
  for (size_t i = 1; i < names.size(); ++i) {
    if (natural_less(names[i], names[i - 1]) &&
        without_numbers(names[i]) == without_numbers(names[i - 1])) {
      return std::pair(names[i - 1], names[i]);
    }
  }
  return {};
}

}  // namespace clipwork
