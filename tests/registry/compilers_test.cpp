// Plugins that were compiled and linked otherwise than this program, and load: by clang++, at other
// levels, with link-time optimisation, without sections that nobody uses, stripped. By default one
// of them is built; CLIPWORK_COMPILERS=1 builds all.

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <regex>

#include "support.h"

using namespace clipwork;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

constexpr const char* kPlugin = "tests/fixtures/good/plugin.cpp";

/// The compile command of a plugin of the tree, without its output.
std::string compile_command() {
  rapidjson::Document commands;
  commands.Parse(test::read_file(test::build_dir() / "compile_commands.json").c_str());
  for (const auto& entry : commands.GetArray()) {
    if (!std::string(entry["file"].GetString()).ends_with(kPlugin)) continue;
    const std::string command = entry["command"].GetString();
    return command.substr(0, command.find(" -o "));
  }
  return {};
}

/// The same for clang++, which has no such parameters and names the OpenMP runtime.
std::string for_clang(std::string command) {
  command = std::regex_replace(command, std::regex("\\S*/(g|c)\\+\\+(-[0-9]+)? "), "clang++ ");
  command = std::regex_replace(command, std::regex("--param \\S+ "), "");
  return std::regex_replace(command, std::regex("-fopenmp "), "-fopenmp=libgomp ");
}

void expect_loads(const std::string& compile, const std::string& options,
                  const std::string& afterwards = "true") {
  test::ScratchFolder scratch;
  const std::string file = (scratch.path() / "good.so").string();
  const test::ProgramResult built = test::run_program(
      compile + " " + options + " -shared -o '" + file + "' '" +
      (test::source_dir() / kPlugin).string() + "' && " + afterwards + " '" + file + "'");
  ASSERT_EQ(built.code, 0) << built.errors.substr(0, 3000);
  const test::ProgramResult page = test::run_program(
      "'" + (test::build_dir() / "bin/clipwork").string() + "' inspect '" + file + "'");
  EXPECT_EQ(page.code, 0) << options << page.output;
  EXPECT_THAT(page.output, HasSubstr("good/nearest"));
}

bool all_wanted() { return std::getenv("CLIPWORK_COMPILERS") != nullptr; }

}  // namespace

TEST(Compilers, APluginOfClangLoads) {
  if (test::run_program("clang++ --version").code != 0) GTEST_SKIP() << "clang++ is not installed";
  expect_loads(for_clang(compile_command()), "-O0");
  if (all_wanted()) expect_loads(for_clang(compile_command()), "-O2 -flto -fuse-ld=lld");
}

TEST(Compilers, APluginOfAnotherLevelLoads) {
  if (!all_wanted()) GTEST_SKIP() << "takes a minute; set CLIPWORK_COMPILERS=1";
  expect_loads(compile_command(), "-O0");
  expect_loads(compile_command(), "-O3");
  expect_loads(compile_command(), "-Og -g");
}

TEST(Compilers, APluginThatWasMadeSmallerLoads) {
  if (!all_wanted()) GTEST_SKIP() << "takes a minute; set CLIPWORK_COMPILERS=1";
  expect_loads(compile_command(), "-flto");
  expect_loads(compile_command(), "-ffunction-sections -fdata-sections -Wl,--gc-sections -Wl,-s");
  expect_loads(compile_command(), "-O2", "strip --strip-all");
}
