// Projects outside the tree: an installation that was moved, the examples built against it, and all
// used together.

#include <clipwork/error.h>
#include <clipwork/host/platform.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <fstream>

#include "cmake_cache.h"
#include "support.h"

using namespace clipwork;
using test::ProgramResult;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

void must_run(const std::string& command) {
  ProgramResult result = test::run_program(command);
  ASSERT_EQ(result.code, 0) << command << "\n" << result.output << result.errors;
}

/// An installation and the example, built once for all tests.
class OutsidePlugin : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new test::ScratchFolder;
    fs::path first = scratch_->path() / "first";
    must_run(cat("cmake --install ", quoted(test::build_dir()), " --prefix ", quoted(first)));
    // Moved, so that nothing can lean on where it was installed.
    fs::rename(first, prefix());
    must_run(cat("cp -r ", quoted(test::source_dir() / "examples/nearest_mask"), " ",
                 quoted(example())));
    build(example(), plugins());
  }
  static void TearDownTestSuite() { delete scratch_; }

  /// Builds a project against the installation.
  static void build(const fs::path& source, const fs::path& folder) {
    std::string options = cat("-G Ninja -DCMAKE_PREFIX_PATH=", quoted(prefix()),
                              " '-DCMAKE_CXX_FLAGS=", test::cached("CMAKE_CXX_FLAGS"), "'");
    if (std::string torch = test::cached("CLIPWORK_TORCH"); !torch.empty())
      options += " -DCLIPWORK_TORCH=" + torch;
    must_run(cat("cmake -S ", quoted(source), " -B ", quoted(folder), " ", options));
    must_run(cat("cmake --build ", quoted(folder)));
  }

  static fs::path prefix() { return scratch_->path() / "installed"; }
  static fs::path example() { return scratch_->path() / "example"; }
  static fs::path plugins() { return scratch_->path() / "build"; }

  static ProgramResult program(const fs::path& root, const std::string& arguments) {
    return test::run_program(
        cat(quoted(root / "bin/clipwork"), " ", arguments, " --plugin-path ", quoted(plugins())));
  }

  static test::ScratchFolder* scratch_;
};
test::ScratchFolder* OutsidePlugin::scratch_ = nullptr;

}  // namespace

TEST_F(OutsidePlugin, LoadsInTheInstalledProgramAndInTheOneOfTheTree) {
  for (const fs::path& root : {prefix(), test::build_dir()}) {
    ProgramResult page = program(root, "inspect nearest_mask");
    EXPECT_EQ(page.code, 0) << page.errors;
    EXPECT_THAT(page.output, HasSubstr("tracker nearest_mask/nearest_mask 0.1.0"));
    EXPECT_THAT(page.output, HasSubstr("reach = 40.0    (number, 0 to 1000000, in pixels)"));
  }
  ProgramResult file = test::run_program(
      cat(quoted(prefix() / "bin/clipwork"), " inspect ", quoted(plugins() / "nearest_mask.so")));
  EXPECT_EQ(file.code, 0) << file.output;
}

TEST_F(OutsidePlugin, InstallationNamesNoFolderOfTheMachineItWasBuiltOn) {
  std::string torch;
  for (const std::string& library : loaded_libraries()) {
    if (library.ends_with("/libtorch_cpu.so"))
      torch = fs::canonical(library).parent_path().string();
  }
  ASSERT_NE(torch, "");
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(prefix())) {
    std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !(name.ends_with(".cmake") || name.ends_with(".h"))) continue;
    std::string text = test::read_file(entry.path());
    EXPECT_EQ(text.find(fs::canonical(test::source_dir()).string()), std::string::npos)
        << entry.path();
    EXPECT_EQ(text.find(fs::canonical(test::build_dir()).string()), std::string::npos)
        << entry.path();
    EXPECT_EQ(text.find(torch), std::string::npos) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 20);
}

TEST_F(OutsidePlugin, FindsTheInstalledPluginsToo) {
  ProgramResult list = program(prefix(), "plugins list --json");
  rapidjson::Document plugins;
  plugins.Parse(list.output.c_str());
  ASSERT_FALSE(plugins.HasParseError()) << list.errors;
  std::vector<std::string> names;
  for (const auto& plugin : plugins.GetArray()) {
    EXPECT_STREQ(plugin["reason"].GetString(), "") << plugin["file"].GetString();
    names.push_back(plugin["name"].GetString());
  }
  EXPECT_THAT(names, testing::IsSupersetOf({"nearest_mask", "resnet", "mask2former", "embedding"}));
}

TEST_F(OutsidePlugin, TracksInAConfigWithOurDecoder) {
  if (!fs::exists(prefix() / "lib/clipwork/plugins/media.so"))
    GTEST_SKIP() << "pictures are read by the media plugin, which is not built (CLIPWORK_VIDEO)";
  fs::path pictures = scratch_->path() / "pictures";
  fs::create_directory(pictures);
  for (int frame = 0; frame < 3; ++frame) {
    std::ofstream picture(pictures / cat(frame, ".ppm"), std::ios::binary);
    picture << "P6\n96 64\n255\n";
    for (int i = 0; i < 96 * 64 * 3; ++i)
      picture.put(static_cast<char>((i * 7 + frame * 31) % 256));
  }
  fs::path out = scratch_->path() / "out";
  ProgramResult run =
      program(prefix(), cat("run ", quoted(example() / "nearest_mask.toml"), " --input ",
                            quoted(pictures), " --weights rule --out ", quoted(out)));
  ASSERT_EQ(run.code, 0) << run.errors;
  rapidjson::Document results;
  results.Parse(test::read_file(out / "results.json").c_str());
  ASSERT_FALSE(results.HasParseError());
  EXPECT_GT(results.Size(), 0u);
  EXPECT_THAT(test::read_file(out / "stats.json"), HasSubstr("nearest_mask"));
}

TEST_F(OutsidePlugin, AProgramRunsADataSetWithTheInstalledLibrary) {
  const fs::path source = scratch_->path() / "program", folder = scratch_->path() / "program_build";
  must_run(
      cat("cp -r ", quoted(test::source_dir() / "examples/evaluate_dataset"), " ", quoted(source)));
  build(source, folder);
  const ProgramResult done = test::run_program(
      cat("env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose CLIPWORK_PLUGIN_PATH=",
          quoted(prefix() / "lib/clipwork/plugins"), " ", quoted(folder / "evaluate_dataset"), " ",
          quoted(prefix() / "share/clipwork/configs/minvis/tiny.toml"), " rule ",
          quoted(scratch_->path() / "scores"), " data.eval.videos=1 preprocess.short_edge=32"));
  EXPECT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("1 of 1 videos\nAP "));
  EXPECT_THAT(done.errors, HasSubstr("GOMP_SPINCOUNT = '1000'"));
}
