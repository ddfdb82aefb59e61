#pragma once
// What tests share: where the tree is, scratch folders, and the optional golden files beside the
// project.

#include <clipwork/error.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace clipwork::test {

inline std::filesystem::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::filesystem::path(value) : std::filesystem::path();
}

/// The source tree, set by ctest.
inline std::filesystem::path source_dir() { return environment_path("CLIPWORK_SOURCE"); }
/// The build folder with bin/ and plugins/, set by ctest.
inline std::filesystem::path build_dir() { return environment_path("CLIPWORK_BUILD"); }
/// Plugins of the build are found, though test programs do not lie beside them.
inline void use_built_plugins() {
  ::setenv("CLIPWORK_PLUGIN_PATH", (build_dir() / "plugins").c_str(), 1);
}
/// Golden cases and real data that are not part of the project; may be absent.
inline std::filesystem::path shared_dir() { return environment_path("CLIPWORK_SHARED"); }

/// Skips the test, saying why, where `path` below the shared folder is not there.
#define CLIPWORK_NEEDS_SHARED(path)                                    \
  if (!std::filesystem::exists(clipwork::test::shared_dir() / (path))) \
  GTEST_SKIP() << "needs ../shared/" << (path) << ", which is not part of the project"

/// Skips the test in a build without OpenCV.
#define CLIPWORK_NEEDS_VIDEO()                                     \
  if (clipwork::test::environment_path("CLIPWORK_VIDEO") == "OFF") \
  GTEST_SKIP() << "built with CLIPWORK_VIDEO=OFF"

/// The text of the error of type `Thrown` that `action` throws.
template <class Thrown = Error, class Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Thrown& error) {
    return error.what();
  }
  return "nothing was thrown";
}

/// A part of a text, with the whole text where it is missing.
#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

/// How often a part occurs in a text.
inline size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// A folder of the running test's own, emptied at the start and removed at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "clipwork-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Writes a file of this name and gives its path.
  std::filesystem::path write(const std::string& name, const std::string& content) const {
    auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }

 private:
  std::filesystem::path path_;
};

/// The working folder for the time of a test, so that what is printed has short paths.
class WorkingFolder {
 public:
  explicit WorkingFolder(const std::filesystem::path& folder)
      : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(folder);
  }
  ~WorkingFolder() { std::filesystem::current_path(before_); }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

 private:
  std::filesystem::path before_;
};

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

/// What a program printed and returned.
struct ProgramResult {
  int code = -1;
  std::string output, errors;
};

/// Runs a shell command line and waits for it.
inline ProgramResult run_program(const std::string& command) {
  ScratchFolder scratch;
  auto out = scratch.path() / "out", err = scratch.path() / "err";
  int status =
      std::system((command + " >" + out.string() + " 2>" + err.string() + " </dev/null").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(out),
          read_file(err)};
}

/// A Python that can import the module: CLIPWORK_PYTHON, or python3; empty where it cannot.
inline std::string python_with(const std::string& module) {
  const char* given = std::getenv("CLIPWORK_PYTHON");
  std::string python = given ? given : "python3";
  return run_program(python + " -c 'import " + module + "'").code == 0 ? python : std::string();
}

}  // namespace clipwork::test
