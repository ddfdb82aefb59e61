// The projects that `clipwork new-plugin` writes, built and tested outside the tree: that of
// docs/first-plugin.md against the build folder, and with CLIPWORK_ALL_KINDS=1
// those of every kind against an installation.

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

#include "install/outside.h"

using namespace clipwork;
using test::must_run;
using test::ProgramResult;
using test::quoted;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

std::set<std::string> all_kinds() {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(test::source_dir() / "templates/plugin/kinds")) {
    found.insert(entry.path().filename().string());
  }
  if (test::environment_path("CLIPWORK_VIDEO") == "OFF") found.erase("painter");
  return found;
}

/// Projects of plugins, each in a folder of its name, built as one.
class Projects {
 public:
  explicit Projects(const fs::path& prefix) : prefix_(prefix) {}

  /// Writes one and returns its folder.
  fs::path add(const std::string& name, const std::string& kind) {
    must_run(
        cat(program(), " new-plugin ", name, " --kind ", kind, " --out ", quoted(scratch_.path())));
    names_.push_back(name);
    return scratch_.path() / name;
  }

  /// Builds all, runs their tests, and checks their configs.
  void build_and_test() const {
    std::string top =
        "cmake_minimum_required(VERSION 3.25)\nproject(all LANGUAGES CXX)\n"
        "enable_testing()\n";
    for (const std::string& name : names_) top += cat("add_subdirectory(", name, ")\n");
    scratch_.write("CMakeLists.txt", top);
    const fs::path build = scratch_.path() / "build";
    const std::string torch = test::cached("CLIPWORK_TORCH"), ccache = test::cached("ccache");
    must_run(cat("cmake -G Ninja -S ", quoted(scratch_.path()), " -B ", quoted(build),
                 " -DCMAKE_PREFIX_PATH=", quoted(prefix_), " -DCMAKE_BUILD_TYPE=Debug",
                 " -DCMAKE_CXX_FLAGS_DEBUG='-O0 -Wall -Wextra -Werror'", " -DCMAKE_CXX_FLAGS='",
                 test::cached("CMAKE_CXX_FLAGS"), "'",
                 ccache.starts_with("/") ? " -DCMAKE_CXX_COMPILER_LAUNCHER=" + ccache : "",
                 torch.empty() ? "" : " -DCLIPWORK_TORCH=" + torch));
    // The same paths below the folder in every run, so that ccache knows the files again.
    must_run(cat("env CCACHE_BASEDIR=", quoted(scratch_.path()),
                 " CCACHE_NOHASHDIR=1 cmake --build ", quoted(build)));
    must_run(cat("ctest --test-dir ", quoted(build), " --output-on-failure"));
    for (const std::string& name : names_) {
      const std::string plugins = " --plugin-path " + quoted(build / name);
      must_run(cat(program(), " inspect ", quoted(build / name / (name + ".so"))));
      const fs::path config = scratch_.path() / name / (name + ".toml");
      if (fs::exists(config)) must_run(cat(program(), " config check ", quoted(config), plugins));
    }
  }

 private:
  std::string program() const { return quoted(prefix_ / "bin/clipwork"); }

  fs::path prefix_;
  test::ScratchFolder scratch_;
  std::vector<std::string> names_;
};

/// The fenced blocks of docs/first-plugin.md that are written in this language.
std::vector<std::string> blocks(const std::string& language) {
  std::istringstream page(test::read_file(test::source_dir() / "docs/first-plugin.md"));
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = line == "```" + language;
      if (inside) found.emplace_back();
    } else if (inside) {
      found.back() += line + "\n";
    }
  }
  EXPECT_FALSE(found.empty()) << language;
  return found;
}

}  // namespace

TEST(NewPlugin, OfTheFirstPluginPageBuildsAndPassesWithThePagesChanges) {
  Projects projects(test::build_dir());
  const fs::path folder = projects.add("my_tracker", "tracker");
  std::string text;
  for (const auto& entry : fs::directory_iterator(folder)) text += test::read_file(entry.path());
  for (const char* language : {"cpp", "toml"}) {
    for (const std::string& block : blocks(language)) EXPECT_THAT(text, HasSubstr(block));
  }
  for (const std::string& change : blocks("diff")) {
    std::ofstream(folder / "change.diff") << change;
    must_run(cat("patch -p1 -d ", quoted(folder), " -i change.diff"));
  }
  projects.build_and_test();
}

TEST(NewPlugin, OfEveryKindBuildsAndPassesAgainstAnInstallation) {
  if (!std::getenv("CLIPWORK_ALL_KINDS")) {
    GTEST_SKIP() << "takes minutes: set CLIPWORK_ALL_KINDS=1 for it";
  }
  const test::ScratchFolder scratch;
  const fs::path prefix = scratch.path() / "clipwork";
  must_run(cat("cmake --install ", quoted(test::build_dir()), " --prefix ", quoted(prefix)));
  Projects projects(prefix);
  for (const std::string& kind : all_kinds()) projects.add("own_" + kind, kind);
  projects.build_and_test();
}
