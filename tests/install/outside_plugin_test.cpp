// Projects outside the tree: an installation that was moved, the examples built against it, and all
// used together.

#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "install/outside.h"

using namespace clipwork;
using test::must_run;
using test::ProgramResult;
using test::quoted;
using test::torch_folder;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

/// An installation and the example, built once for all tests.
class OutsidePlugin : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new test::ScratchFolder;
    // Installed programs look for it; the build may have been told of another place.
    setenv("CLIPWORK_TORCH", torch_folder().c_str(), 1);
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
  static void build(const fs::path& source, const fs::path& folder, const std::string& more = "") {
    std::string options = cat(more, " -G Ninja -DCMAKE_PREFIX_PATH=", quoted(prefix()),
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
  const std::string torch = (torch_folder() / "lib").string();
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

TEST_F(OutsidePlugin, InstalledLibrariesAreSearchedForBesideEachOtherAlone) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(prefix())) {
    const std::string text = entry.is_regular_file() ? test::read_file(entry.path()) : "";
    if (!text.starts_with("\x7f"
                          "ELF"))
      continue;
    const ProgramResult dynamic = test::run_program("readelf -d " + quoted(entry.path()));
    static const std::regex kPath("R(?:UN)?PATH\\)[^\\[]*\\[([^\\]]*)\\]");
    std::smatch match;
    if (std::regex_search(dynamic.output, match, kPath)) {
      std::istringstream folders(match[1]);
      for (std::string folder; std::getline(folders, folder, ':');)
        EXPECT_TRUE(folder.starts_with("$ORIGIN")) << entry.path() << ": " << match[1];
    }
    ++files;
  }
  EXPECT_GT(files, 20);
}

TEST_F(OutsidePlugin, DocsExamplesAndLicenceAreInstalled) {
  for (const char* file :
       {"share/doc/clipwork/LICENSE", "share/doc/clipwork/docs/plugins.md",
        "share/clipwork/examples/nearest_mask/nearest_mask.cpp", "share/clipwork/tools/deps.sh",
        "share/man/man1/clipwork-run.1", "share/bash-completion/completions/clipwork",
        "share/zsh/site-functions/_clipwork", "share/fish/vendor_completions.d/clipwork.fish"}) {
    EXPECT_TRUE(fs::exists(prefix() / file)) << file;
  }
}

TEST_F(OutsidePlugin, ProgramsFindLibTorchOrSayWhereTheyLooked) {
  const std::string clipwork = quoted(prefix() / "bin/clipwork") + " --version";
  const std::string empty =
      "env -u CLIPWORK_TORCH -u CLIPWORK_DEPS_DIR -u XDG_CACHE_HOME "
      "HOME=/nowhere ";
  ProgramResult none = test::run_program(empty + clipwork);
  if (!fs::exists("/opt/clipwork") && !fs::exists("/opt/libtorch")) {
    EXPECT_EQ(none.code, 1) << none.output;
    EXPECT_THAT(none.errors, testing::StartsWith("error: LibTorch 2."));
    for (const std::string& place :
         {(prefix() / "lib/clipwork/torch").string(), std::string("/nowhere/.cache/clipwork"),
          std::string("/opt/clipwork/libtorch-*/torch"), std::string("/opt/libtorch"),
          (prefix() / "share/clipwork/tools/deps.sh").string() + " --only-torch"}) {
      EXPECT_THAT(none.errors, HasSubstr(place));
    }
  }
  const fs::path torch = torch_folder(), named = scratch_->path() / "named";
  fs::create_directory(named);
  fs::create_directory_symlink(torch, named / "torch");
  for (const fs::path& folder : {torch, named}) {
    const std::string found = cat("CLIPWORK_TORCH=", quoted(folder), " ");
    EXPECT_EQ(test::run_program(empty + found + clipwork).code, 0) << found;
  }
  fs::create_directories(scratch_->path() / "home/.cache/clipwork/libtorch-2.11.0");
  fs::create_directory_symlink(torch,
                               scratch_->path() / "home/.cache/clipwork/libtorch-2.11.0/torch");
  EXPECT_EQ(
      test::run_program(empty + "HOME=" + quoted(scratch_->path() / "home") + " " + clipwork).code,
      0);

  // A folder that is named is the only one that is looked at.
  const ProgramResult wrong = test::run_program("CLIPWORK_TORCH=/nowhere " + clipwork);
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("searched:\n  /nowhere (CLIPWORK_TORCH)\n"));
  const fs::path other = scratch_->path() / "other/lib";
  fs::create_directories(other);
  for (const char* name : {"libc10.so", "libtorch_cpu.so"}) {
    must_run(
        cat("echo 'int x;' | g++ -shared -fPIC -Wl,--build-id -x c++ - -o ", quoted(other / name)));
  }
  const ProgramResult another =
      test::run_program("CLIPWORK_TORCH=" + quoted(other.parent_path()) + " " + clipwork);
  EXPECT_EQ(another.code, 1);
  EXPECT_THAT(another.errors, HasSubstr(other.parent_path().string() + " is another build ("));
}

TEST_F(OutsidePlugin, TheInstalledProgramIsSound) {
  const ProgramResult doctor = test::run_program(quoted(prefix() / "bin/clipwork") + " doctor");
  EXPECT_THAT(doctor.output, HasSubstr("libtorch_cpu.so is the program's first library"));
  EXPECT_THAT(doctor.output, testing::Not(HasSubstr("FAULT")));
  const ProgramResult parity =
      test::run_program(quoted(prefix() / "bin/clipwork-parity") + " --help");
  EXPECT_EQ(parity.code, 0) << parity.errors;
}

TEST_F(OutsidePlugin, IsInstalledForAllUsersOrForOne) {
  EXPECT_EQ(
      test::read_file(plugins() / "CMakeCache.txt")
              .find("CMAKE_INSTALL_PREFIX:PATH=" + prefix().string() + "\n") == std::string::npos,
      false)
      << "by default it is installed into the Clipwork that it was built with";
  const fs::path home = scratch_->path() / "jane";
  must_run(cat("cmake --install ", quoted(plugins()), " --prefix ", quoted(home / ".local")));
  const ProgramResult list =
      test::run_program(cat("CLIPWORK_TORCH=", quoted(torch_folder()), " HOME=", quoted(home), " ",
                            quoted(prefix() / "bin/clipwork"), " plugins list"));
  EXPECT_THAT(list.output,
              HasSubstr(cat("nearest_mask       0.1.0      Apache-2.0   fit        ",
                            (home / ".local/lib/clipwork/plugins/nearest_mask.so").string(),
                            "\n    by The Clipwork contributors\n")));
}

TEST_F(OutsidePlugin, OfAnEarlierReleaseIsRefusedWithTheCommandThatCures) {
  const fs::path earlier = test::build_dir() / "tests/fixtures/earlier_release.so";
  const ProgramResult page =
      test::run_program(quoted(prefix() / "bin/clipwork") + " inspect " + quoted(earlier));
  EXPECT_EQ(page.code, 2);
  EXPECT_THAT(page.output, HasSubstr(cat("cmake -B build -DCMAKE_PREFIX_PATH=", prefix().string(),
                                         " && cmake --build build")));
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

TEST_F(OutsidePlugin, IsBuiltByClangToo) {
  if (!std::getenv("CLIPWORK_COMPILERS"))
    GTEST_SKIP() << "takes a minute; set CLIPWORK_COMPILERS=1";
  if (test::run_program("clang++ --version").code != 0) GTEST_SKIP() << "clang++ is not installed";
  const fs::path folder = scratch_->path() / "clang";
  build(example(), folder, "-DCMAKE_CXX_COMPILER=clang++");
  const ProgramResult page = test::run_program(
      cat(quoted(prefix() / "bin/clipwork"), " inspect ", quoted(folder / "nearest_mask.so")));
  EXPECT_EQ(page.code, 0) << page.output;
  EXPECT_THAT(page.output, HasSubstr("compiler: clang "));
}

TEST_F(OutsidePlugin, MayHaveCudaSources) {
  if (!std::getenv("CLIPWORK_COMPILERS"))
    GTEST_SKIP() << "takes a minute; set CLIPWORK_COMPILERS=1";
  if (test::run_program("PATH=$PATH:/usr/local/cuda/bin nvcc --version").code != 0)
    GTEST_SKIP() << "the CUDA toolkit is not installed";
  const fs::path source = scratch_->path() / "cuda";
  must_run(
      cat("cp -r ", quoted(test::source_dir() / "examples/nearest_mask"), " ", quoted(source)));
  std::ofstream(source / "twice.cu")
      << "__global__ void doubled(float* values) { values[threadIdx.x] *= 2; }\n"
         "void twice(float* values, int count) { doubled<<<1, count>>>(values); }\n";
  // The whole plugin as CUDA, too: the macro and the headers of components.
  fs::rename(source / "nearest_mask.cpp", source / "nearest_mask.cu");
  std::ofstream(source / "CMakeLists.txt")
      << "cmake_minimum_required(VERSION 3.25)\nproject(cuda LANGUAGES CXX CUDA)\n"
         "find_package(clipwork REQUIRED)\nclipwork_plugin(cuda nearest_mask.cu twice.cu)\n";
  must_run(cat("PATH=$PATH:/usr/local/cuda/bin cmake -S ", quoted(source), " -B ",
               quoted(source / "build"),
               " -G Ninja -DCMAKE_CUDA_ARCHITECTURES=80 -DCMAKE_PREFIX_PATH=", quoted(prefix()),
               " && cmake --build ", quoted(source / "build")));
  const fs::path plugin = source / "build/cuda.so";
  const ProgramResult exported =
      test::run_program("nm -D --defined-only --demangle " + quoted(plugin));
  EXPECT_THAT(exported.output, HasSubstr("clipwork_plugin_entry"));
  EXPECT_THAT(exported.output, testing::Not(HasSubstr("twice")));
  const ProgramResult page =
      test::run_program(quoted(prefix() / "bin/clipwork") + " inspect " + quoted(plugin));
  EXPECT_EQ(page.code, 0) << page.output;
}

TEST_F(OutsidePlugin, AProgramRunsADataSetWithTheInstalledLibrary) {
  const fs::path source = scratch_->path() / "program", folder = scratch_->path() / "program_build";
  must_run(
      cat("cp -r ", quoted(test::source_dir() / "examples/evaluate_dataset"), " ", quoted(source)));
  build(source, folder);
  const ProgramResult done = test::run_program(
      cat("env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose ",
          quoted(folder / "evaluate_dataset"), " clipwork:minvis/tiny.toml rule ",
          quoted(scratch_->path() / "scores"), " data.eval.videos=1 preprocess.short_edge=32"));
  EXPECT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output, HasSubstr("1 of 1 videos\nAP "));
  EXPECT_THAT(done.errors, HasSubstr("GOMP_SPINCOUNT = '1000'"));
}
