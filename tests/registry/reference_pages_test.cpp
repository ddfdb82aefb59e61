// The reference pages are those of the components and sections as they are.

#include <clipwork/host/inspect.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/sections.h>
#include <gmock/gmock.h>

#include <set>

#include "support.h"

using namespace clipwork;
namespace fs = std::filesystem;
using testing::EndsWith;

namespace {

constexpr const char* kAdvice = "run tools/reference_pages.sh";

fs::path pages() { return test::source_dir() / "docs/reference"; }

std::set<std::string> kinds() {
  test::use_built_plugins();
  Registry::instance().load_search_path({});
  std::set<std::string> all;
  for (const ComponentInfo* info : Registry::instance().components()) all.insert(info->kind);
  return all;
}

}  // namespace

TEST(ReferencePages, ShowEveryComponent) {
  if (test::environment_path("CLIPWORK_VIDEO") == "OFF")
    GTEST_SKIP() << "built with CLIPWORK_VIDEO=OFF";
  for (const std::string& kind : kinds()) {
    const std::string text = test::read_file(pages() / (kind + ".md"));
    const auto components = Registry::instance().components(kind);
    EXPECT_THAT(text, EndsWith(component_list(components, PageForm::markdown))) << kAdvice;
  }
}

TEST(ReferencePages, ShowEverySection) {
  std::string expected;
  for (const SectionInfo& section : sections()) {
    expected += "\n" + section_page(section.name, section.sentence,
                                    section_parameters(section.name), PageForm::markdown);
  }
  EXPECT_THAT(test::read_file(pages() / "sections.md"), EndsWith(expected)) << kAdvice;
}

TEST(ReferencePages, ShowNothingElse) {
  std::set<std::string> expected = {"index.md", "sections.md"}, found;
  for (const std::string& kind : kinds()) expected.insert(kind + ".md");
  for (const auto& entry : fs::directory_iterator(pages()))
    found.insert(entry.path().filename().string());
  EXPECT_EQ(found, expected) << kAdvice;
}
