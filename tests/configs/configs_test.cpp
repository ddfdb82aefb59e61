// Every config that is shipped resolves, and holds what its method needs.

#include <clipwork/config.h>
#include <clipwork/pipeline.h>

#include <vector>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

[[maybe_unused]] const bool kPluginsFound = (use_built_plugins(), true);

std::vector<fs::path> configs() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(source_dir() / "configs")) {
    bool base = entry.path().string().find("_base_") != std::string::npos;
    if (entry.path().extension() == ".toml" && !base) files.push_back(entry.path());
  }
  return files;
}

}  // namespace

TEST(Configs, EveryOneHasNoFaults) {
  ASSERT_GE(configs().size(), 7u);
  for (const fs::path& file : configs()) {
    Faults faults;
    std::optional<Config> config = load_config(file.string(), {}, faults);
    if (config) check_pipeline(*config, faults);
    EXPECT_TRUE(faults.empty()) << faults.text();
  }
}

TEST(Configs, EveryOneSurvivesBeingPrintedWithItsDefaults) {
  ScratchFolder scratch;
  for (const fs::path& file : configs()) {
    Config full = with_defaults(load_config(file.string()));
    Config again = with_defaults(load_config(scratch.write("full.toml", full.toml(true)).string()));
    EXPECT_TRUE(differences(full, again).empty()) << file;
  }
}

TEST(Configs, EveryOneNamesADataSetToBeScoredOn) {
  for (const fs::path& file : configs()) {
    const Config config = load_config(file.string());
    EXPECT_TRUE(config.find("data.eval.type")) << file;
    EXPECT_TRUE(config.find("data.eval.split")) << file;
  }
}

TEST(Configs, ClassListsHaveTheSizesOfTheirDataSets) {
  auto classes = [](const std::string& name) {
    Config config = load_config((source_dir() / "configs" / name).string());
    return config.find("classes.names")->array()->size();
  };
  EXPECT_EQ(classes("minvis/ytvis2019_r50.toml"), 40u);
  EXPECT_EQ(classes("minvis/ytvis2021_r50.toml"), 40u);
  EXPECT_EQ(classes("minvis/ytvis2022_r50.toml"), 40u);
  EXPECT_EQ(classes("minvis/ovis_r50.toml"), 25u);
  EXPECT_EQ(classes("mask2former/coco_r50.toml"), 80u);
}
