#include <clipwork/host/inspect.h>
#include <clipwork/host/registry.h>
#include <clipwork/tracker.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <filesystem>

#include "support.h"

using namespace clipwork;
namespace fs = std::filesystem;

namespace {

const ComponentInfo& good() {
  static const bool loaded =
      Registry::instance().load(test::build_dir() / "tests/fixtures/good.so").loaded;
  EXPECT_TRUE(loaded);
  return Registry::instance().find("tracker", "good/nearest");
}

}  // namespace

TEST(Inspect, ShowsAComponentAsText) {
  std::string page = component_page(good(), PageForm::text);
  EXPECT_SAYS(page, "tracker good/nearest 1.2.3\n  links nothing, with parameters\n");
  EXPECT_SAYS(
      page,
      "  buffer = 3    (integer, 1 to 100, in frames)\n      past frames that are averaged\n");
  EXPECT_SAYS(page, "  assignment = \"greedy\"    (string, one of hungarian, greedy)\n");
  EXPECT_SAYS(page, "carries nothing from window to window");
}

TEST(Inspect, ShowsAComponentAsMarkdown) {
  std::string page = component_page(good(), PageForm::markdown);
  EXPECT_SAYS(page, "## tracker `nearest`\n\nLinks nothing, with parameters. Plugin `good`.\n");
  EXPECT_SAYS(page,
              "| `buffer` | integer | `3` frames | 1 to 100 | past frames that are averaged |\n");
}

TEST(Inspect, ShowsAComponentAsJson) {
  rapidjson::Document page;
  page.Parse(component_page(good(), PageForm::json).c_str());
  ASSERT_FALSE(page.HasParseError());
  EXPECT_STREQ(page["full_name"].GetString(), "good/nearest");
  ASSERT_EQ(page["parameters"].Size(), 3u);
  EXPECT_STREQ(page["parameters"][0]["default"].GetString(), "3");
  EXPECT_EQ(page["parameters"][0]["maximum"].GetDouble(), 100);
  EXPECT_STREQ(page["parameters"][2]["choices"][1].GetString(), "greedy");
}

TEST(Inspect, ListsComponentsByKind) {
  good();
  std::string list = component_list(Registry::instance().components(), PageForm::text);
  EXPECT_EQ(
      list,
      "tracker\n  good/idle     links nothing\n  good/nearest  links nothing, with parameters\n");
  rapidjson::Document pages;
  pages.Parse(component_list(Registry::instance().components("tracker"), PageForm::json).c_str());
  EXPECT_EQ(pages.Size(), 2u);
}

TEST(Inspect, ShowsARefusedFileWithItsNoteAndReason) {
  PluginInfo info = Registry::examine(test::build_dir() / "tests/fixtures/other_torch.so");
  std::string page = plugin_page(info, PageForm::text);
  EXPECT_SAYS(page, "plugin other_torch 1.0.0\n");
  EXPECT_SAYS(page, "  state: refused\n  reason: LibTorch: the plugin was built with 2.10.0");
  EXPECT_SAYS(page, "  LibTorch: 2.10.0 (");
  EXPECT_SAYS(page, "  SHA-256: " + info.sha256);
  rapidjson::Document json;
  json.Parse(plugin_page(info, PageForm::json).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_STREQ(json["state"].GetString(), "refused");
  EXPECT_EQ(json["needed"].Size(), info.needed.size());
}

TEST(Inspect, ListsPluginsWithTheirStates) {
  fs::path fixtures = test::build_dir() / "tests/fixtures";
  std::string list = plugin_list(
      {Registry::examine(fixtures / "wrong_abi.so"), Registry::examine(fixtures / "slow.so")},
      PageForm::text);
  EXPECT_SAYS(list, "refused    " + (fixtures / "wrong_abi.so").string() +
                        "\n    ABI number: the plugin was built with");
  EXPECT_SAYS(list, "on demand  " + (fixtures / "slow.so").string() + "\n    for source sink\n");
}
