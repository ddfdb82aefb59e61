// The tests of a folder are one program. `--source=core/masks/coco_code_test.cpp` runs those of one
// file, as ctest does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <string_view>

namespace {

/// A gtest filter for the tests that `source` defines; empty if there are none.
std::string tests_of(std::string_view source) {
  std::string filter;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const testing::TestInfo& test = *suite.GetTestInfo(t);
      if (!std::string_view(test.file()).ends_with("/" + std::string(source))) continue;
      filter += std::string(suite.name()) + "." + test.name() + ":";
    }
  }
  return filter;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  constexpr std::string_view kOption = "--source=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string filter =
        word.starts_with(kOption) ? tests_of(word.substr(kOption.size())) : std::string();
    if (filter.empty()) {
      std::cerr << word << ": expected --source=FILE_test.cpp, a file of this program\n";
      return 2;
    }
    GTEST_FLAG_SET(filter, filter);
  }
  return RUN_ALL_TESTS();
}
