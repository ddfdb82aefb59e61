#include "cli/man_page.h"

#include <clipwork/error.h>
#include <clipwork/text.h>
#include <clipwork/version.h>

#include <algorithm>
#include <cctype>

namespace clipwork::cli {
namespace {

/// Text as roff takes it: dashes as typed, no accidental requests.
std::string roff(const std::string& text) {
  std::string shown;
  bool line_start = true;
  for (const char c : text) {
    if (line_start && (c == '.' || c == '\'')) shown += "\\&";
    line_start = c == '\n';
    if (c == '\\') {
      shown += "\\e";
    } else if (c == '-') {
      shown += "\\-";
    } else {
      shown += c;
    }
  }
  return shown;
}

std::string part(const char* title, const std::vector<CommandHelp::Row>& rows, const char* dashes) {
  if (rows.empty()) return {};
  std::string text = cat(".SH ", title, "\n");
  for (const CommandHelp::Row& row : rows) {
    text += cat(".TP\n\\fB", roff(dashes + row.name), "\\fR",
                row.word.empty() ? "" : cat(" \\fI", roff(row.word), "\\fR"), "\n",
                roff(row.sentence), "\n");
  }
  return text;
}

/// The first sentence without its full stop, for indexes of pages.
std::string summary(const std::string& sentence) {
  std::string text = sentence.substr(0, sentence.find_first_of(".;"));
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string man_page_name(const CommandHelp& command) {
  std::string name = command.command;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string man_page(const CommandHelp& command) {
  std::string title = man_page_name(command);
  std::transform(title.begin(), title.end(), title.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  std::string text = cat(
      ".TH \"", roff(title),
      "\" 1 \"\" \"Clipwork " CLIPWORK_VERSION "\" \"User Commands\"\n.SH NAME\n",
      roff(man_page_name(command)), " \\- ", roff(summary(command.sentence)), "\n.SH SYNOPSIS\n",
      roff(command.usage), "\n.SH DESCRIPTION\n", roff(command.sentence), "\n");
  text += part("VERBS", command.verbs, "");
  text += part("ARGUMENTS", command.arguments, "");
  text += part("OPTIONS", command.options, "--");
  text += part("COMMON OPTIONS", command.common, "--");
  text += ".SH EXAMPLES\n";
  for (const auto& [line, sentence] : command.examples)
    text += cat(".TP\n\\fB", roff(line), "\\fR\n", roff(sentence), "\n");
  if (!command.verbs.empty()) {
    text += cat(".SH SEE ALSO\n",
                join(
                    command.verbs,
                    [&](const CommandHelp::Row& verb) {
                      return cat("\\fB", roff(man_page_name(command) + "-" + verb.name), "\\fR(1)");
                    },
                    ",\n"),
                "\n");
  }
  return text;
}

}  // namespace clipwork::cli
