// The documentation as a reader finds it: links lead somewhere, pages are linked, paths exist,
// tables are whole, and code on the first page is code that is built.

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

#include "support.h"

using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

/// Pages of the tree, relative to its top.
std::vector<fs::path> pages() {
  std::vector<fs::path> found;
  fs::recursive_directory_iterator walk(source_dir()), end;
  for (; walk != end; ++walk) {
    const std::string name = walk->path().filename().string();
    if (walk->is_directory() && (name == "build" || name.starts_with("."))) {
      walk.disable_recursion_pending();
    } else if (name.ends_with(".md")) {
      found.push_back(fs::relative(walk->path(), source_dir()));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> lines(const fs::path& page) {
  std::istringstream text(read_file(source_dir() / page));
  std::vector<std::string> all;
  for (std::string line; std::getline(text, line);) all.push_back(line);
  return all;
}

/// The lines of a page that are not inside a fenced block.
std::vector<std::string> prose(const fs::path& page) {
  std::vector<std::string> kept;
  bool fenced = false;
  for (const std::string& line : lines(page)) {
    if (line.starts_with("```")) {
      fenced = !fenced;
    } else if (!fenced) {
      kept.push_back(line);
    }
  }
  return kept;
}

/// The fenced blocks of a page that are written in this language.
std::vector<std::string> blocks(const fs::path& page, const std::string& language) {
  std::vector<std::string> found;
  bool inside = false;
  for (const std::string& line : lines(page)) {
    if (line.starts_with("```")) {
      inside = line == "```" + language;
      if (inside) found.emplace_back();
    } else if (inside) {
      found.back() += line + "\n";
    }
  }
  return found;
}

struct Link {
  fs::path target;     // relative to the top of the tree
  std::string anchor;  // without '#'; empty for a whole page
};

/// Links to files of the tree, those of pictures included.
std::vector<Link> links(const fs::path& page) {
  static const std::regex kCode("`[^`]*`"), kLink(R"(\]\(([^)\s]+)\))");
  std::vector<Link> found;
  for (const std::string& line : prose(page)) {
    const std::string text = std::regex_replace(line, kCode, "");
    for (std::sregex_iterator match(text.begin(), text.end(), kLink), end; match != end; ++match) {
      const std::string link = (*match)[1];
      if (link.find("://") != std::string::npos || link.starts_with("mailto:")) continue;
      const size_t hash = link.find('#');
      const std::string file = link.substr(0, hash);
      Link one{file.empty() ? page : (page.parent_path() / file).lexically_normal(), {}};
      if (hash != std::string::npos) one.anchor = link.substr(hash + 1);
      found.push_back(one);
    }
  }
  return found;
}

/// The anchors that GitHub makes of a page's headings.
std::set<std::string> anchors(const fs::path& page) {
  std::set<std::string> found;
  for (const std::string& line : prose(page)) {
    const size_t start = line.find_first_not_of('#');
    if (start == 0 || start == std::string::npos || line[start] != ' ') continue;
    std::string anchor;
    for (const unsigned char c : line.substr(start + 1)) {
      if (std::isalnum(c) || c == '-' || c == '_') anchor += static_cast<char>(std::tolower(c));
      if (c == ' ') anchor += '-';
    }
    found.insert(anchor);
  }
  return found;
}

/// A row of dashes below the head of a table.
bool is_rule(const std::string& line) {
  return line.find("---") != std::string::npos &&
         line.find_first_not_of("|-: ") == std::string::npos;
}

}  // namespace

TEST(Docs, EveryLinkLeadsToAFileAndAHeading) {
  ASSERT_GE(pages().size(), 20u);
  for (const fs::path& page : pages()) {
    for (const Link& link : links(page)) {
      ASSERT_TRUE(fs::exists(source_dir() / link.target)) << page << " links " << link.target;
      if (link.anchor.empty()) continue;
      EXPECT_TRUE(anchors(link.target).count(link.anchor))
          << page << ": " << link.target << " has no heading for #" << link.anchor;
    }
  }
}

TEST(Docs, EveryFileIsReachedFromTheReadme) {
  std::set<fs::path> reached = {"README.md"};
  std::vector<fs::path> open = {"README.md"};
  while (!open.empty()) {
    const fs::path page = open.back();
    open.pop_back();
    for (const Link& link : links(page)) {
      if (reached.insert(link.target).second && link.target.extension() == ".md") {
        open.push_back(link.target);
      }
    }
  }
  for (const auto& entry : fs::recursive_directory_iterator(source_dir() / "docs")) {
    if (entry.is_directory()) continue;
    const fs::path file = fs::relative(entry.path(), source_dir());
    EXPECT_TRUE(reached.count(file)) << file << " is not linked from README.md or a page it links";
  }
}

TEST(Docs, EveryPathThatIsNamedExists) {
  static const std::regex kPath(
      "`((?:benchmarks|configs|core|docs|examples|plugins|registry|runner|tests|tools)/[a-z0-9_./"
      "-]+)"
      "`");
  for (const fs::path& page : pages()) {
    for (const std::string& line : prose(page)) {
      for (std::sregex_iterator match(line.begin(), line.end(), kPath), end; match != end;
           ++match) {
        EXPECT_TRUE(fs::exists(source_dir() / (*match)[1].str()))
            << page << " names " << (*match)[1];
      }
    }
  }
}

TEST(Docs, EveryTableHasItsHead) {
  for (const fs::path& page : pages()) {
    const std::vector<std::string> text = prose(page);
    for (size_t i = 0; i < text.size(); ++i) {
      const bool first = text[i].starts_with("|") && (i == 0 || !text[i - 1].starts_with("|"));
      if (!first) continue;
      EXPECT_TRUE(i + 1 < text.size() && is_rule(text[i + 1]))
          << page << ": the table is cut before '" << text[i].substr(0, 60) << "'";
    }
  }
}

TEST(Docs, CodeOfTheReadmeIsThatOfTheExamples) {
  std::string examples;
  for (const auto& entry : fs::recursive_directory_iterator(source_dir() / "examples")) {
    if (entry.path().extension() == ".cpp") examples += read_file(entry.path());
  }
  const std::vector<std::string> code = blocks("README.md", "cpp");
  EXPECT_FALSE(code.empty());
  for (const std::string& block : code) {
    EXPECT_NE(examples.find(block), std::string::npos) << "no example has this code:\n" << block;
  }
}

TEST(Docs, HeadersMakeAnApiReferenceWithoutWarnings) {
  if (run_program("doxygen --version").code != 0) GTEST_SKIP() << "doxygen is not installed";
  const ScratchFolder scratch;
  const std::string settings = read_file(source_dir() / "docs/api/Doxyfile") +
                               "OUTPUT_DIRECTORY = " + scratch.path().string();
  const fs::path file = scratch.write("Doxyfile", settings);
  const ProgramResult result =
      run_program("cd '" + source_dir().string() + "' && doxygen '" + file.string() + "'");
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
  EXPECT_TRUE(fs::exists(scratch.path() / "html/classclipwork_1_1Tracker.html"));
}
