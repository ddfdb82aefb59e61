// What the configure step says of a LibTorch that cannot be used.

#include "support.h"

using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

/// A folder laid out like LibTorch, made of empty libraries.
class FakeTorch : public ::testing::Test {
 protected:
  FakeTorch() {
    scratch_.write("torch/include/ATen/core/Tensor.h", "");
    version(2, 11);
    // A symbol with the C++11 string ABI is what tells the two ABIs apart.
    library("libc10.so", "#include <string>\nvoid take(std::string) {}\n", "");
    library("libtorch_cpu.so", "", "-Wl,--no-as-needed -lgomp");
    scratch_.write("project/CMakeLists.txt",
                   "cmake_minimum_required(VERSION 3.25)\nproject(check LANGUAGES NONE)\n"
                   "include(" +
                       (source_dir() / "cmake/ClipworkTorch.cmake").string() + ")\n");
  }

  fs::path torch() const { return scratch_.path() / "torch"; }

  void version(int major, int minor) {
    scratch_.write("torch/include/torch/headeronly/version.h",
                   "#define TORCH_VERSION_MAJOR " + std::to_string(major) +
                       "\n#define TORCH_VERSION_MINOR " + std::to_string(minor) +
                       "\n#define TORCH_VERSION_PATCH 0\n");
  }

  void library(const std::string& name, const std::string& source, const std::string& options) {
    fs::create_directories(torch() / "lib");
    fs::path file = scratch_.write("source.cpp", source);
    ProgramResult built = run_program("g++ -shared -fPIC " + file.string() + " -o " +
                                      (torch() / "lib" / name).string() + " " + options);
    ASSERT_EQ(built.code, 0) << built.errors;
  }

  /// What configuring says, its lines joined: CMake breaks them where it likes.
  std::string configure(const std::string& options = "") {
    fs::remove_all(scratch_.path() / "build");
    ProgramResult result = run_program(
        "env -u CLIPWORK_TORCH CLIPWORK_DEPS_DIR=/nowhere cmake -S " +
        (scratch_.path() / "project").string() + " -B " + (scratch_.path() / "build").string() +
        " -DCLIPWORK_TORCH=" + torch().string() + " " + options);
    std::string joined;
    bool space = false;
    for (char c : result.output + result.errors) {
      bool blank = c == ' ' || c == '\n';
      if (!blank && space) joined += ' ';
      if (!blank) joined += c;
      space = blank;
    }
    return (result.code == 0 ? "configured. " : "stopped. ") + joined;
  }

  ScratchFolder scratch_;
};

}  // namespace

TEST_F(FakeTorch, IsTakenWhereEverythingFits) {
  std::string says = configure();
  EXPECT_TRUE(says.starts_with("configured.")) << says;
  EXPECT_SAYS(says, "LibTorch 2.11.0");
}

TEST_F(FakeTorch, OfAnotherVersionStopsWithBothAndAWayOut) {
  version(2, 5);
  std::string says = configure();
  EXPECT_TRUE(says.starts_with("stopped.")) << says;
  EXPECT_SAYS(says, "LibTorch 2.5.0");
  EXPECT_SAYS(says, "is not a version this Clipwork was tested with (2.11)");
  EXPECT_SAYS(says, "-DCLIPWORK_TORCH_VERSIONS=2.5");
  EXPECT_TRUE(configure("-DCLIPWORK_TORCH_VERSIONS=2.5").starts_with("configured."));
}

TEST_F(FakeTorch, ThatNeedsAMissingLibraryStopsNamingIt) {
  library("libcudart_absent.so.13", "", "-Wl,-soname,libcudart_absent.so.13");
  library("libtorch_cpu.so", "",
          "-Wl,--no-as-needed -lgomp " + (torch() / "lib/libcudart_absent.so.13").string());
  fs::remove(torch() / "lib/libcudart_absent.so.13");
  std::string says = configure();
  EXPECT_TRUE(says.starts_with("stopped.")) << says;
  EXPECT_SAYS(says, "libcudart_absent.so.13");
  EXPECT_SAYS(says, "tools/deps.sh");
}

TEST_F(FakeTorch, OfTheOldStringAbiStopsWithASentence) {
  library("libc10.so", "void take(const char*) {}\n", "");
  std::string says = configure();
  EXPECT_TRUE(says.starts_with("stopped.")) << says;
  EXPECT_SAYS(says, "old C++ string ABI");
}

TEST_F(FakeTorch, ThatIsNotThereStopsAndSaysHowToGetOne) {
  fs::remove_all(torch());
  std::string says = configure();
  EXPECT_TRUE(says.starts_with("stopped.")) << says;
  EXPECT_SAYS(says, "LibTorch was not found");
  EXPECT_SAYS(says, "Run tools/deps.sh");
}
