// The Dockerfile names files, presets, options and targets that exist. Whoever has an engine builds
// the image; its steps are also those of package_test.cpp.

#include <regex>

#include "support.h"

using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

/// All that this pattern's first group matches.
std::vector<std::string> all(const std::string& text, const std::string& pattern) {
  const std::regex wanted(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), wanted), end; match != end; ++match)
    found.push_back((*match)[1]);
  return found;
}

}  // namespace

TEST(Dockerfile, NamesWhatThereIs) {
  const std::string text = read_file(source_dir() / "Dockerfile");
  const std::string cmake = read_file(source_dir() / "CMakeLists.txt");
  const std::vector<std::string> scripts = all(text, "(tools/[a-z_.]+)");
  EXPECT_FALSE(scripts.empty());
  for (const std::string& script : scripts)
    EXPECT_TRUE(fs::exists(source_dir() / script)) << script;
  const std::vector<std::string> options = all(text, "-D(CLIPWORK_[A-Z_]+)=");
  EXPECT_EQ(options.size(), 2u);
  for (const std::string& option : options) EXPECT_SAYS(cmake, "option(" + option + " ");
  for (const std::string& preset : all(text, "--preset ([a-z]+)"))
    EXPECT_SAYS(read_file(source_dir() / "CMakePresets.json"), "\"name\": \"" + preset + "\"");
  for (const std::string& generator : all(text, "cpack -G ([A-Z]+)"))
    EXPECT_SAYS(read_file(source_dir() / "cmake/ClipworkPackage.cmake"), generator);
  // Every line is a comment or an instruction, and each stage begins from a fixed release.
  for (const std::string& line : all(text, "([^\n]+)\n")) {
    static const std::regex kInstruction(
        "#.*|(FROM debian:12.*|(COPY|WORKDIR|RUN|USER|ENTRYPOINT) .*)");
    EXPECT_TRUE(std::regex_match(line, kInstruction)) << line;
  }
}
