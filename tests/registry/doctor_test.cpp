#include <clipwork/error.h>
#include <clipwork/host/doctor.h>
#include <clipwork/host/platform.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/threads.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support.h"

using namespace clipwork;
namespace fs = std::filesystem;

namespace {

void expect_one_runtime_and_a_fast_product() {
  EXPECT_EQ(openmp_runtimes().size(), 1u);
  EXPECT_EQ(fs::path(matrix_product_library()).filename(), "libtorch_cpu.so");
  EXPECT_GE(matrix_product_speed(), 20) << "GFLOP/s of one core";
}

}  // namespace

TEST(Doctor, FindsNothingWrongHere) {
  std::vector<std::string> subjects;
  for (const Finding& finding : examine_process()) {
    EXPECT_NE(finding.state, Finding::State::fault) << finding.subject << ": " << finding.text;
    EXPECT_FALSE(finding.text.empty()) << finding.subject;
    subjects.push_back(finding.subject);
  }
  for (const char* subject :
       {"Clipwork", "LibTorch", "OpenMP", "link order", "matrix product", "threads", "processor"}) {
    EXPECT_EQ(std::ranges::count(subjects, subject), 1) << subject;
  }
}

TEST(Doctor, ShowsEnvironmentVariablesThatHaveAnEffect) {
  setenv("CLIPWORK_PLUGIN_PATH", "/nowhere", 1);
  setenv("CLIPWORK_UNRELATED", "1", 1);
  std::string all;
  for (const Finding& finding : examine_process()) {
    if (finding.subject == "environment") all += finding.text + "\n";
  }
  unsetenv("CLIPWORK_PLUGIN_PATH");
  EXPECT_NE(all.find("CLIPWORK_PLUGIN_PATH=/nowhere (folders that are searched for plugins)"),
            std::string::npos)
      << all;
  EXPECT_EQ(all.find("UNRELATED"), std::string::npos);
  // Clipwork's own setting is not the user's.
  EXPECT_EQ(all.find("GOMP_SPINCOUNT") == std::string::npos, chose_spin_count()) << all;
}

TEST(LinkOrder, LibTorchIsTheFirstLibraryOfEveryProgram) {
  int programs = 0;
  for (const char* folder : {"bin", "tests/bin"}) {
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(test::build_dir() / folder, absent)) {
      if (!entry.is_regular_file()) continue;
      std::string first = first_needed(entry.path());
      EXPECT_TRUE(first.starts_with("libtorch_cpu") || first.starts_with("libasan"))
          << entry.path() << " asks for " << first;
      ++programs;
    }
  }
  EXPECT_GT(programs, 0);
  EXPECT_THROW(first_needed(test::source_dir() / "LICENSE"), InputError);
}

TEST(Process, HasOneOpenMpRuntimeAndAFastProduct) { expect_one_runtime_and_a_fast_product(); }

TEST(Process, KeepsThemWithOpenCvLoaded) {
  fs::path media = test::build_dir() / "plugins/media.so";
  if (!fs::exists(media)) GTEST_SKIP() << "the media plugin is not built (CLIPWORK_VIDEO)";
  PluginInfo info = Registry::instance().load(media);
  EXPECT_TRUE(info.remarks.empty()) << info.remarks[0];
  expect_one_runtime_and_a_fast_product();
}
