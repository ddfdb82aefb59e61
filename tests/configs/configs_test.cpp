// Every config that is shipped resolves, and holds what its method needs.

#include <clipwork/config.h>
#include <clipwork/installed_configs.h>
#include <clipwork/pipeline.h>

#include <map>
#include <vector>

#include "support.h"
#include "toml_reader.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

[[maybe_unused]] const bool kPluginsFound = (use_built_plugins(), true);

std::vector<fs::path> configs() {
  std::vector<fs::path> files;
  for (const std::string& name : runnable_configs(source_dir() / "configs")) {
    files.push_back(source_dir() / "configs" / name);
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

TEST(Configs, OfClipMethodsHaveTheSettingsOfTheirPapers) {
  auto number = [](const std::string& name, const char* key) {
    Config config = with_defaults(load_config((source_dir() / "configs" / name).string()));
    return *config.find(key)->integer();
  };
  EXPECT_EQ(number("novis/ytvis2019_r50.toml", "window.length"), 4);
  EXPECT_EQ(number("novis/ytvis2019_r50.toml", "window.stride"), 2);
  EXPECT_EQ(number("novis/ytvis2019_r50.toml", "preprocess.short_edge"), 360);
  EXPECT_EQ(number("novis/ytvis2021_swin_l.toml", "preprocess.short_edge"), 480);
  EXPECT_EQ(number("novis/ovis_swin_l.toml", "preprocess.short_edge"), 360);
  EXPECT_EQ(number("novis/ovis_r50.toml", "tracks.top_k"), 30);
  EXPECT_EQ(number("mask2former_vis/ytvis2019_r101.toml", "model.backbone.depth"), 101);
  EXPECT_EQ(number("mask2former_vis/ytvis2019_swin_l.toml", "preprocess.short_edge"), 480);
  EXPECT_EQ(number("mask2former_vis/ytvis2021_swin_l.toml", "preprocess.short_edge"), 360);
  EXPECT_EQ(number("vita/ytvis2019_r50.toml", "model.decoder.attention_window"), 6);
  EXPECT_EQ(number("vita/ytvis2019_r101.toml", "model.backbone.depth"), 101);
  EXPECT_EQ(number("genvis/online_ytvis2021_r50.toml", "window.length"), 1);
  EXPECT_EQ(number("genvis/semi_online_ytvis2022_r50.toml", "window.length"), 3);
  for (const char* name : {"vita/ovis_swin_l.toml", "genvis/online_ovis_swin_l.toml",
                           "genvis/semi_online_ovis_swin_l.toml"}) {
    EXPECT_EQ(number(name, "tracks.top_k"), 20) << name;
    EXPECT_EQ(number(name, "preprocess.short_edge"), 448) << name;
    EXPECT_EQ(number(name, "model.decoder.queries"), 100) << name;
    EXPECT_EQ(number(name, "model.decoder.frame.queries"), 200) << name;
    EXPECT_EQ(number(name, "model.backbone.embed_dim"), 192) << name;
  }
  for (const char* name :
       {"minvis/ovis_swin_l.toml", "mask2former/coco_swin_l.toml",
        "mask2former_vis/ytvis2021_swin_l.toml", "novis/ytvis2019_swin_l.toml"}) {
    EXPECT_EQ(number(name, "model.decoder.queries"), 200) << name;
    EXPECT_EQ(number(name, "model.backbone.embed_dim"), 192) << name;
  }
}

TEST(Configs, TablesMetafilesAndConfigsAgree) {
  ProgramResult result =
      run_program((source_dir() / "tools" / "config_tables.py").string() + " --check");
  EXPECT_EQ(result.code, 0) << result.errors;

  struct Data {
    size_t classes;
    const char* first;
  };
  const std::map<std::string, Data> data = {{"YouTube-VIS 2019", {40, "person"}},
                                            {"YouTube-VIS 2021", {40, "airplane"}},
                                            {"YouTube-VIS 2022 (long videos)", {40, "airplane"}},
                                            {"OVIS", {25, "Person"}},
                                            {"COCO", {80, "person"}}};
  const std::map<std::string, std::string> backbones = {
      {"R50", "resnet 50"}, {"R101", "resnet 101"}, {"Swin-L", "swin 192"}};
  size_t methods = 0;
  for (const auto& folder : fs::directory_iterator(source_dir() / "configs")) {
    const fs::path metafile = folder.path() / "metafile.toml";
    if (!fs::exists(metafile)) continue;
    ++methods;
    Faults faults;
    std::optional<Value> meta = parse_toml(read_file(metafile), metafile.string(), faults);
    faults.raise();
    for (const Value& entry : *meta->find("config")->array()) {
      auto text = [&](const char* key) { return *entry.find(key)->text(); };
      const fs::path file = folder.path() / text("file");
      Config config = with_defaults(load_config(file.string()));
      const Data& expected = data.at(text("data"));
      const auto& names = *config.find("classes.names")->array();
      EXPECT_EQ(names.size(), expected.classes) << file;
      EXPECT_EQ(*names.front().text(), expected.first) << file;
      EXPECT_EQ(*config.find("preprocess.short_edge")->integer(),
                *entry.find("short_edge")->integer())
          << file;
      const Value* size = config.find("model.backbone.depth");
      if (!size) size = config.find("model.backbone.embed_dim");
      ASSERT_TRUE(size) << file;
      EXPECT_EQ(cat(*config.find("model.backbone.type")->text(), " ", *size->integer()),
                backbones.at(text("backbone")))
          << file;
    }
  }
  EXPECT_GE(methods, 8u);
}
