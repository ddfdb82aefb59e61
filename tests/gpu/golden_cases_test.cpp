// The program's path for a GPU gives the numbers of the public code, on the device made of main
// memory.

#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;
namespace fs = std::filesystem;

namespace {

/// clipwork-parity on a golden case, with the counting device in the place of LibTorch's
/// CUDA library.
test::ProgramResult compare_on_device(const fs::path& golden) {
  const fs::path device = test::build_dir() / "tests/bin/libcounting_device.so";
  return test::run_program(cat("env LD_PRELOAD=", device.string(), " ",
                               (test::build_dir() / "bin/clipwork-parity").string(),
                               " --device cuda:0 ", golden.string()));
}

class GoldenCases : public testing::TestWithParam<const char*> {};

}  // namespace

TEST_P(GoldenCases, AgreeOnTheDevice) {
  const test::ProgramResult result =
      compare_on_device(test::source_dir() / "tests/parity/golden" / GetParam());
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
  EXPECT_THAT(result.output, testing::HasSubstr(cat("ok   ", GetParam(), ": ")));
}

TEST(GoldenCaseOfDetections, AgreesOnTheDevice) {
  CLIPWORK_NEEDS_SHARED("parity/iai_r50_tiny");
  const test::ProgramResult result = compare_on_device(test::shared_dir() / "parity/iai_r50_tiny");
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
}

INSTANTIATE_TEST_SUITE_P(OfInference, GoldenCases,
                         testing::Values("minvis_r50_tiny", "genvis_semi_online_r50_tiny"));
INSTANTIATE_TEST_SUITE_P(OfTraining, GoldenCases, testing::Values("train_image"));
