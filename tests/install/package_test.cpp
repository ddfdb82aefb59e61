// The package for Debian: unpacked into an empty root, and used there by another user, who sees
// neither the source tree nor the build tree. With CLIPWORK_PACKAGES=1 also its dependencies, the
// archive, and an installation with LibTorch in it.

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "install/outside.h"

using namespace clipwork;
using test::must_run;
using test::ProgramResult;
using test::quoted;
using test::torch_folder;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

/// The one file with this extension that cpack made.
fs::path packed(const std::string& generator, const fs::path& folder,
                const std::string& options = "") {
  must_run(cat("cpack -G ", generator, " -B ", quoted(folder), " --config ",
               quoted(test::build_dir() / "CPackConfig.cmake"), " ", options));
  const std::string extension = generator == "DEB" ? ".deb" : ".zst";
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) return entry.path();
  }
  ADD_FAILURE() << "cpack -G " << generator << " made no package";
  return {};
}

bool all_wanted() { return std::getenv("CLIPWORK_PACKAGES") != nullptr; }

/// The package in an empty root.
class Package : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new test::ScratchFolder;
    if (!has_tools()) return;
    fs::permissions(scratch_->path(), fs::perms(0755));
    // Which packages the libraries come from takes as long as all the rest.
    file_ = packed("DEB", scratch_->path() / "packages",
                   all_wanted() ? "" : "-D CPACK_DEBIAN_PACKAGE_SHLIBDEPS=OFF");
    must_run(cat("dpkg-deb -x ", quoted(file_), " ", quoted(root())));
  }
  static void TearDownTestSuite() { delete scratch_; }
  void SetUp() override {
    if (!has_tools()) GTEST_SKIP() << "dpkg-deb or cpack is not installed";
  }

  static bool has_tools() {
    return test::run_program("dpkg-deb --version").code == 0 &&
           test::run_program("cpack --version").code == 0;
  }
  static fs::path root() { return scratch_->path() / "root"; }
  static fs::path home() { return scratch_->path() / "home"; }

  /// Runs a program of the root as the user nobody, behind whose back source and build tree are
  /// empty.
  static ProgramResult as_nobody(const std::string& command) {
    const fs::path torch = scratch_->path() / "torch";
    fs::create_directories(torch);
    fs::create_directories(home());
    fs::permissions(home(), fs::perms(0777));
    std::ofstream script(scratch_->path() / "as_nobody.sh");
    script
        << "set -e\n"
        << "mount --bind " << quoted(torch_folder().parent_path()) << " " << quoted(torch) << "\n"
        << "mount -t tmpfs none " << quoted(test::build_dir()) << "\n"
        << "mount -t tmpfs none " << quoted(test::source_dir()) << "\n"
        << "cd " << quoted(home()) << "\n"
        << "exec setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH=/usr/bin:/bin HOME="
        << quoted(home())
        << " OMP_NUM_THREADS=1 CLIPWORK_TORCH=" << quoted(torch / torch_folder().filename()) << " "
        << command << "\n";
    script.close();
    return test::run_program("unshare --mount bash " + quoted(scratch_->path() / "as_nobody.sh"));
  }
  static std::string clipwork() { return quoted(root() / "usr/bin/clipwork"); }

  static test::ScratchFolder* scratch_;
  static fs::path file_;
};
test::ScratchFolder* Package::scratch_ = nullptr;
fs::path Package::file_;

#define CLIPWORK_NEEDS_MOUNTS()                                                \
  if (test::run_program("unshare --mount mount -t tmpfs none /mnt").code != 0) \
  GTEST_SKIP() << "needs the right to mount, to hide the source tree and to be another user"

}  // namespace

TEST_F(Package, NamesItsLibrariesAndVersion) {
  const ProgramResult control = test::run_program("dpkg-deb -f " + quoted(file_));
  EXPECT_THAT(control.output, HasSubstr("Package: clipwork\n"));
  if (all_wanted()) {
    EXPECT_THAT(control.output, HasSubstr("libboost-program-options"));
    EXPECT_THAT(control.output, HasSubstr("libre2-"));
  }
  EXPECT_THAT(control.output, HasSubstr("Recommends: python3-pip"));
  EXPECT_FALSE(fs::exists(root() / "usr/lib/clipwork/torch"));
  EXPECT_LT(fs::file_size(file_), 50u << 20);
}

TEST_F(Package, WorksForAnotherUserWithoutTheTrees) {
  CLIPWORK_NEEDS_MOUNTS();
  const ProgramResult version = as_nobody(clipwork() + " --version");
  EXPECT_EQ(version.code, 0) << version.errors;
  EXPECT_THAT(version.output, HasSubstr("Clipwork "));
  const ProgramResult hidden = as_nobody("ls -A " + quoted(test::source_dir()));
  EXPECT_EQ(hidden.output, "") << hidden.errors;
  const ProgramResult plugins = as_nobody(clipwork() + " plugins list");
  EXPECT_THAT(plugins.output,
              HasSubstr((root() / "usr/lib/clipwork/plugins/embedding.so").string()));
  EXPECT_THAT(plugins.output, testing::Not(HasSubstr("refused")));
}

TEST_F(Package, TracksAVideoForAnotherUser) {
  CLIPWORK_NEEDS_VIDEO();
  CLIPWORK_NEEDS_MOUNTS();
  const ProgramResult run = as_nobody(
      cat("sh -c \"", clipwork(), " dataset make --shapes shapes.mp4 --frames 4 && ", clipwork(),
          " run clipwork:minvis/tiny.toml --weights rule --input shapes.mp4 --out results\""));
  EXPECT_EQ(run.code, 0) << run.errors;
  EXPECT_TRUE(fs::exists(home() / "results/results.json"));
}

TEST_F(Package, IsAnArchiveTooAndMayHoldLibTorch) {
  if (!all_wanted()) GTEST_SKIP() << "takes minutes; set CLIPWORK_PACKAGES=1";
  CLIPWORK_NEEDS_MOUNTS();
  const fs::path archive = packed("TZST", scratch_->path() / "archives"),
                 unpacked = scratch_->path() / "unpacked";
  fs::create_directory(unpacked);
  must_run(cat("tar --zstd -xf ", quoted(archive), " --strip-components 1 -C ", quoted(unpacked)));
  const ProgramResult version = as_nobody(quoted(unpacked / "bin/clipwork") + " --version");
  EXPECT_EQ(version.code, 0) << version.errors;

  const fs::path bundle = scratch_->path() / "bundle";
  const std::string install =
      cat("cmake --install ", quoted(test::build_dir()), " --prefix ", quoted(bundle));
  must_run(install);
  must_run(install + " --component torch");
  const ProgramResult bundled =
      as_nobody("env -u CLIPWORK_TORCH " + quoted(bundle / "bin/clipwork") + " --version");
  EXPECT_EQ(bundled.code, 0) << bundled.errors;
}
