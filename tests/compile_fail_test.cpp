// The programs in compile_fail/ must not compile: each is refused with the message that its first
// line names. They are compiled with the flags of a plugin of the tree, as is one without a fault.

#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <regex>

#include "support.h"

using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

/// A definition that CMake adds to the compile commands of plugin `none`.
constexpr const char* kPlugin = "-Dnone_EXPORTS ";

/// The compiler with the flags of a plugin, which checks a file and writes nothing.
std::string compiler() {
  rapidjson::Document commands;
  commands.Parse(read_file(build_dir() / "compile_commands.json").c_str());
  for (const auto& entry : commands.GetArray()) {
    const std::string command = entry["command"].GetString();
    if (command.find(kPlugin) == command.npos) continue;
    return "cd '" + std::string(entry["directory"].GetString()) + "' && " +
           command.substr(0, command.find(" -o ")) + " -fsyntax-only -Wfatal-errors ";
  }
  return {};
}

std::vector<fs::path> programs() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(source_dir() / "tests/compile_fail")) {
    found.push_back(entry.path());
  }
  return found;
}

}  // namespace

TEST(CompileFail, EveryFaultyProgramIsRefusedWithItsMessage) {
  const std::string compile = compiler();
  ASSERT_NE(compile, "") << "no compile command has " << kPlugin;
  static const std::string kMark = "// error: ";
  int faulty = 0, sound = 0;
  for (const fs::path& program : programs()) {
    SCOPED_TRACE(program);
    const std::string text = read_file(program);
    const ProgramResult result = run_program(compile + "'" + program.string() + "'");
    if (!text.starts_with(kMark)) {
      EXPECT_EQ(result.code, 0) << result.errors.substr(0, 3000);
      ++sound;
      continue;
    }
    const std::string message = text.substr(kMark.size(), text.find('\n') - kMark.size());
    EXPECT_NE(result.code, 0) << "it compiles";
    EXPECT_TRUE(std::regex_search(result.errors, std::regex(message)))
        << "no message has \"" << message << "\" but\n"
        << result.errors.substr(0, 3000);
    ++faulty;
  }
  EXPECT_GE(faulty, 8);
  EXPECT_EQ(sound, 1);
}
