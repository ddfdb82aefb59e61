#include "analysis/page_table.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include <algorithm>
#include <charconv>

namespace clipwork::runs {
namespace {

/// The shortest text that reads back as the same number.
std::string exact(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

/// Names of videos and classes may have characters that end a cell.
std::string markdown_field(std::string text) {
  for (size_t at = 0; (at = text.find_first_of("|\n", at)) != text.npos; at += 2)
    text.replace(at, 1, text[at] == '|' ? "\\|" : "  ");
  return text;
}

/// Columns that a terminal needs for UTF-8 text: one a character.
size_t width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

PageCell word(std::string text, std::string link) { return {text, text, std::move(link), true}; }

PageCell number(int64_t value) { return {std::to_string(value), std::to_string(value), {}}; }

PageCell number(double value, int digits) { return {fixed(value, digits), exact(value), {}}; }

PageCell percent(double fraction) {
  if (fraction == -1) return {"-", "", {}};
  return {fixed(100 * fraction, 1), exact(fraction), {}};
}

std::string PageTable::plain(size_t most) const {
  std::vector<size_t> widths;
  for (const std::string& name : head) widths.push_back(width(name));
  const size_t count = std::min(most, rows.size());
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < rows[i].size(); ++c)
      widths[c] = std::max(widths[c], width(rows[i][c].text));
  }
  std::string text;
  auto add = [&](size_t column, const std::string& cell) {
    const std::string space(widths[column] - width(cell), ' ');
    text += cat("  ", column ? space + cell : cell + space);
  };
  for (size_t c = 0; c < head.size(); ++c) add(c, head[c]);
  text += "\n";
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < rows[i].size(); ++c) add(c, rows[i][c].text);
    text += "\n";
  }
  return text;
}

std::string PageTable::markdown(size_t most) const {
  std::string text = cat("| ", join(head, markdown_field, " | "), " |\n|");
  for (size_t i = 0; i < head.size(); ++i) text += "---|";
  text += "\n";
  for (size_t i = 0; i < std::min(most, rows.size()); ++i) {
    text += cat("| ",
                join(
                    rows[i], [](const PageCell& cell) { return markdown_field(cell.text); }, " | "),
                " |\n");
  }
  return text;
}

std::string PageTable::csv() const {
  std::string text = join(head, csv_field, ",") + "\n";
  for (const auto& row : rows)
    text += join(
                row, [](const PageCell& cell) { return csv_field(cell.exact); }, ",") +
            "\n";
  return text;
}

std::string PageTable::html(size_t most, bool sortable) const {
  std::string text =
      cat("<div class=\"wide\"><table", sortable ? " class=\"sortable\"" : "", "><thead><tr>");
  auto align = [&](size_t column, size_t row) {
    return row < rows.size() && rows[row][column].is_word ? " class=\"word\"" : "";
  };
  for (size_t c = 0; c < head.size(); ++c) {
    text +=
        cat("<th", align(c, 0), sortable ? " tabindex=\"0\"" : "", ">", escaped(head[c]), "</th>");
  }
  text += "</tr></thead><tbody>\n";
  for (size_t i = 0; i < std::min(most, rows.size()); ++i) {
    text += "<tr>";
    for (size_t c = 0; c < rows[i].size(); ++c) {
      const PageCell& cell = rows[i][c];
      const std::string value =
          cell.exact == cell.text ? "" : cat(" data-value=\"", escaped(cell.exact), "\"");
      const std::string shown = cell.link.empty() ? escaped(cell.text)
                                                  : cat("<a href=\"", escaped(cell.link), "\">",
                                                        escaped(cell.text), "</a>");
      text += cat("<td", align(c, i), value, ">", shown, "</td>");
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

}  // namespace clipwork::runs
