// The tree's own rules: arrows between rooms, narrow includes, formatting.

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

#include "support.h"

using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> sources(const std::vector<std::string>& rooms) {
  std::vector<fs::path> files;
  for (const std::string& room : rooms) {
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / room)) {
      std::string end = entry.path().extension().string();
      if (end == ".cpp" || end == ".h") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> includes(const fs::path& file) {
  static const std::regex kInclude("#include +[<\"]([^>\"]+)[>\"]");
  std::vector<std::string> names;
  std::string text = read_file(file);
  for (std::sregex_iterator match(text.begin(), text.end(), kInclude), end; match != end; ++match) {
    names.push_back((*match)[1]);
  }
  return names;
}

/// Public headers of the registry: what core must not know.
std::set<std::string> registry_headers() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(source_dir() / "registry/include/clipwork")) {
    names.insert("clipwork/" + entry.path().filename().string());
  }
  return names;
}

/// Headers that lie outside the public folders.
std::set<std::string> private_headers(const std::string& room) {
  std::set<std::string> names;
  for (const fs::path& file : sources({room})) {
    if (file.extension() == ".h") names.insert(file.filename().string());
  }
  return names;
}

}  // namespace

TEST(Tree, NobodyIncludesAllOfLibTorch) {
  for (const fs::path& file :
       sources({"core", "registry", "plugins", "runner", "tests", "examples"})) {
    for (const std::string& name : includes(file)) {
      EXPECT_NE(name, "torch/torch.h") << file;
      EXPECT_NE(name, "ATen/ATen.h") << file;
      EXPECT_NE(name, "torch/extension.h") << file;
    }
  }
}

TEST(Tree, PluginFacingHeadersIncludeModulesOnlyWhereModulesAre) {
  std::set<std::string> with_modules = {"module.h"};
  for (const fs::path& file : sources({"core/include", "registry/include"})) {
    for (const std::string& name : includes(file)) {
      if (!name.starts_with("torch/") || name.starts_with("torch/headeronly/")) continue;
      EXPECT_TRUE(with_modules.count(file.filename().string())) << file << " includes " << name;
    }
  }
}

TEST(Tree, OnlyAssemblyAndPluginCodeOfCoreKnowsTheRegistry) {
  std::set<std::string> registry = registry_headers();
  for (const fs::path& file : sources({"core"})) {
    std::string name = file.filename().string();
    if (name.starts_with("assembly") || name == "pipeline.cpp" || name == "dataset.cpp") continue;
    for (const std::string& included : includes(file))
      EXPECT_FALSE(registry.count(included)) << file << ": " << included;
  }
}

TEST(Tree, PluginsUsePublicHeadersAndTheirOwnFolderOnly) {
  for (const fs::path& file : sources({"plugins", "examples"})) {
    for (const std::string& name : includes(file)) {
      if (name.find('/') != std::string::npos || !name.ends_with(".h")) continue;
      bool system = fs::exists("/usr/include/" + name);
      EXPECT_TRUE(system || fs::exists(file.parent_path() / name)) << file << " includes " << name;
    }
  }
}

TEST(Tree, CoreAndPluginsKnowNothingOfTheRunner) {
  std::set<std::string> runner = private_headers("runner");
  for (const fs::path& file : sources({"core", "registry", "plugins"})) {
    for (const std::string& name : includes(file)) {
      if (!runner.count(name)) continue;
      EXPECT_TRUE(fs::exists(file.parent_path() / name)) << file << ": " << name;
    }
  }
}

TEST(Tree, EveryFileIsFormatted) {
  if (run_program("clang-format --version").code != 0)
    GTEST_SKIP() << "clang-format is not installed";
  std::string command = "clang-format --dry-run --Werror";
  for (const fs::path& file :
       sources({"core", "registry", "plugins", "runner", "tests", "examples"})) {
    command += " " + file.string();
  }
  ProgramResult result = run_program(command);
  EXPECT_EQ(result.code, 0) << result.errors.substr(0, 3000);
}
