// The voice of errors and help texts: no string of the program has the habits that CONTRIBUTING
// lists under "Voice".

#include <algorithm>
#include <cctype>
#include <cstring>
#include <regex>
#include <vector>

#include "support.h"

using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

struct Literal {
  int64_t line = 0;  ///< of its first quote, from 1
  std::string text;  ///< between the quotes; adjacent literals are joined
};

/// The string literals of C++ source, outside of comments. Raw strings are skipped: they are page
/// templates, not messages.
class Literals {
 public:
  explicit Literals(std::string source) : source_(std::move(source)) {}

  std::vector<Literal> all() {
    while (at_ < source_.size()) {
      if (starts("//")) {
        skip_past("\n");
      } else if (starts("/*")) {
        skip_past("*/");
      } else if (starts("R\"")) {
        const size_t open = source_.find('(', at_);
        skip_past(")" + source_.substr(at_ + 2, open - at_ - 2) + "\"");
        joins_ = false;
      } else if (source_[at_] == '"') {
        quoted('"');
      } else if (source_[at_] == '\'' && !(at_ > 0 && std::isdigit(source_[at_ - 1]))) {
        quoted('\'');
      } else {
        joins_ = joins_ && std::isspace(static_cast<unsigned char>(source_[at_]));
        ++at_;
      }
    }
    return std::move(found_);
  }

 private:
  std::string source_;
  std::vector<Literal> found_;
  size_t at_ = 0;
  bool joins_ = false;  ///< nothing but space since the last literal

  bool starts(const char* text) const { return source_.compare(at_, strlen(text), text) == 0; }
  void skip_past(const std::string& text) {
    const size_t end = source_.find(text, at_ + 2);
    at_ = end == source_.npos ? source_.size() : end + text.size();
  }
  void quoted(char quote) {
    const size_t first = ++at_;
    while (at_ < source_.size() && source_[at_] != quote) at_ += source_[at_] == '\\' ? 2 : 1;
    const std::string text = source_.substr(first, at_ - first);
    ++at_;
    if (quote == '\'') return;
    if (joins_) {
      found_.back().text += text;
    } else {
      const auto lines = std::count(source_.begin(), source_.begin() + first, '\n');
      found_.push_back({lines + 1, text});
    }
    joins_ = true;
  }
};

/// The habit that a message has, or nothing.
std::string habit_of(const std::string& message) {
  static const std::regex kFine("\\b[Tt]here (is|are) no\\b");
  static const std::regex kHabits(
      "\\b(is|are) no (?!longer)|\\bstands? where\\b|\\b(is|are) (wanted|told|due)\\b"
      "|\\bgoes? on\\b|\\b(can|may) be had\\b|\\bmay be given often\\b|\\bso many\\b");
  const std::string rest = std::regex_replace(message, kFine, "");
  std::smatch match;
  return std::regex_search(rest, match, kHabits) ? match.str() : std::string();
}

}  // namespace

TEST(Voice, LiteralsAreFoundWithTheirLines) {
  const std::vector<Literal> found =
      Literals(
          "// \"a comment\"\n"
          "throw Error(\"one \"\n  \"two\", R\"(raw \"three\")\", 1'000, '\"', \"a \\\"b\\\"\");\n")
          .all();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].text, "one two");
  EXPECT_EQ(found[0].line, 2);
  EXPECT_EQ(found[1].text, "a \\\"b\\\"");
  EXPECT_EQ(found[1].line, 3);
}

TEST(Voice, HabitsAreKnownFromPlainEnglish) {
  EXPECT_EQ(habit_of("'x' is no checkpoint"), "is no ");
  EXPECT_EQ(habit_of("null stands where a number is wanted"), "stands where");
  EXPECT_EQ(habit_of("there is no such file"), "");
  EXPECT_EQ(habit_of("expected a number, found null"), "");
}

TEST(Voice, NoMessageHasTheHabitsThatContributingLists) {
  for (const char* room :
       {"core", "registry", "plugins", "runner", "examples", "testing", "python"}) {
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / room)) {
      const std::string end = entry.path().extension().string();
      if (end != ".cpp" && end != ".h") continue;
      for (const Literal& literal : Literals(read_file(entry.path())).all()) {
        const std::string habit = habit_of(literal.text);
        EXPECT_EQ(habit, "") << entry.path().string() << ":" << literal.line << ": \""
                             << literal.text << "\"";
      }
    }
  }
}
