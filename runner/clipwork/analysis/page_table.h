#pragma once
// Tables of an analysis, which become HTML, Markdown and CSV.

#include <cstdint>
#include <string>
#include <vector>

namespace clipwork::runs {

struct PageCell {
  std::string text;   ///< for people
  std::string exact;  ///< for CSV and for sorting
  std::string link;   ///< in HTML; may be empty
  bool is_word = false;
};
PageCell word(std::string text, std::string link = {});
PageCell number(int64_t value);
/// With some digits for people.
PageCell number(double value, int digits);
/// A fraction, shown times 100 with one digit; "-" and empty for -1.
PageCell percent(double fraction);

struct PageTable {
  std::vector<std::string> head;
  std::vector<std::vector<PageCell>> rows;

  // Each form has at most `most` rows; CSV has all.
  /// For terminals, indented by two: the first column to the left, the others to the right.
  std::string plain(size_t most) const;
  std::string markdown(size_t most) const;
  std::string csv() const;
  /// Sorted by a click on the head, if `sortable`.
  std::string html(size_t most, bool sortable) const;
};

}  // namespace clipwork::runs
