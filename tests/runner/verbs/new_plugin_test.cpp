// `clipwork new-plugin`, up to the files that it writes; tests/install builds them.

#include <clipwork/error.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "support.h"
#include "verbs/plugin_template.h"

using namespace clipwork;
using test::ProgramResult;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

namespace {

fs::path root() { return test::source_dir() / "templates/plugin"; }

}  // namespace

TEST(NewPlugin, HasATemplateForEveryKindThatDocumentationListsAndOneForANewKind) {
  const std::string page = test::read_file(test::source_dir() / "docs/plugins.md");
  std::set<std::string> expected = {"kind"};
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    // | `backbone` | `Backbone`, `backbone.h` | ...
    if (!line.starts_with("| `") || line.find(".h` |") == std::string::npos) continue;
    const std::string kind = line.substr(3, line.find('`', 3) - 3);
    if (kind.find('.') == std::string::npos) expected.insert(kind);
  }
  EXPECT_EQ(expected.size(), 15u);
  EXPECT_THAT(cli::PluginTemplates(root()).kinds(), testing::ElementsAreArray(expected));
}

TEST(NewPlugin, WritesAProjectOfEveryKindWithoutPlaceholders) {
  const test::ScratchFolder scratch;
  const cli::PluginTemplates templates(root());
  std::string sources;
  for (const std::string& kind : templates.kinds()) {
    const std::string name = "own_" + kind;
    const fs::path folder = scratch.path() / name;
    EXPECT_THAT(templates.write(kind, folder), testing::Contains(name + "_test.cpp"));
    for (const char* file : {"CMakeLists.txt", "README.md", ".clang-format", "ci.sh"}) {
      EXPECT_TRUE(fs::exists(folder / file)) << kind << " " << file;
    }
    EXPECT_TRUE(fs::exists(folder / (name + ".cpp")));
    EXPECT_TRUE(fs::exists(folder / (name + "_test.cpp")));
    EXPECT_NE(fs::status(folder / "ci.sh").permissions() & fs::perms::owner_exec, fs::perms::none);
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string text = test::read_file(entry.path());
      for (const char* placeholder : {"@NAME@", "@CLASS@", "@KIND@"}) {
        EXPECT_THAT(text, Not(HasSubstr(placeholder))) << entry.path();
      }
      const std::string end = entry.path().extension().string();
      if (end == ".cpp" || end == ".h" || end == ".toml" || end == ".sh") {
        EXPECT_THAT(text, HasSubstr(" SPDX-License-Identifier: Apache-2.0\n")) << entry.path();
      }
      if (end == ".cpp" || end == ".h") sources += " " + entry.path().string();
    }
  }
  if (test::run_program("clang-format --version").code != 0) return;
  const ProgramResult format = test::run_program("clang-format --dry-run --Werror" + sources);
  EXPECT_EQ(format.code, 0) << format.errors.substr(0, 3000);
}

TEST(NewPlugin, RefusesWhatCannotBeAPlugin) {
  const test::ScratchFolder scratch;
  const cli::PluginTemplates templates(root());
  const auto refusal = [&](const std::string& name, const std::string& kind) {
    return test::error_of<InputError>([&] { templates.write(kind, scratch.path() / name); });
  };
  EXPECT_THAT(refusal("MyTracker", "tracker"),
              HasSubstr("'MyTracker' cannot be the name of a plugin; use lower-case letters"));
  EXPECT_THAT(refusal("3d", "tracker"), HasSubstr("'3d' cannot be the name of a plugin"));
  EXPECT_THAT(refusal("test", "tracker"),
              HasSubstr("'test' is a target of every CMake project; use another name: my_test"));
  EXPECT_THAT(refusal(std::string(60, 'a'), "tracker"),
              HasSubstr("expected a name of at most 47 characters, found 60"));
  EXPECT_THAT(refusal("mine", "traker"),
              HasSubstr("--kind: unknown kind 'traker'; did you mean 'tracker'? available: "));
  EXPECT_TRUE(fs::is_empty(scratch.path()));
  templates.write("tracker", scratch.path() / "mine");
  EXPECT_THAT(refusal("mine", "tracker"),
              HasSubstr("mine: expected no such file or folder, found one; choose another NAME"));
}

TEST(NewPlugin, TheProgramPrintsHowToGoOnAndRefusesPathsAsNames) {
  const test::ScratchFolder scratch;
  const auto program = [&](const std::string& arguments) {
    return test::run_program(cat((test::build_dir() / "bin/clipwork").string(), " new-plugin ",
                                 arguments, " --kind sink --out ", scratch.path().string()));
  };
  const ProgramResult made = program("mine");
  EXPECT_EQ(made.code, 0) << made.errors;
  EXPECT_THAT(
      made.output,
      HasSubstr(cat("-DCMAKE_PREFIX_PATH=", fs::canonical(test::build_dir()).string(), "\n")));
  EXPECT_TRUE(fs::exists(scratch.path() / "mine/mine.cpp"));
  const ProgramResult path = program("../mine");
  EXPECT_EQ(path.code, 2);
  EXPECT_THAT(path.errors, HasSubstr("'../mine' cannot be the name of a plugin; give the folder"));
}
