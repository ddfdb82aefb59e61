// Every config that is shipped resolves, and holds what its method needs.

#include <clipwork/host/config.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/host/pipeline.h>

#include <map>
#include <vector>

#include "config/toml_reader.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

[[maybe_unused]] const bool kPluginsOfConfigs = (use_built_plugins(), true);

std::vector<fs::path> configs() {
  std::vector<fs::path> files;
  for (const std::string& name : runnable_configs(source_dir() / "configs")) {
    files.push_back(source_dir() / "configs" / name);
  }
  return files;
}

/// The config with every parameter.
Config resolved(const fs::path& file) { return plan_pipeline(load_config(file.string())).resolved; }

}  // namespace

TEST(Configs, EveryOneHasNoFaults) {
  ASSERT_GE(configs().size(), 7u);
  for (const fs::path& file : configs()) {
    const Plan plan = plan_pipeline(load_config(file.string()));
    EXPECT_TRUE(plan.faults.empty()) << plan.faults.text();
  }
}

TEST(Configs, EveryOneSurvivesBeingPrintedWithItsDefaults) {
  ScratchFolder scratch;
  for (const fs::path& file : configs()) {
    const Config full = resolved(file);
    const Config again = resolved(scratch.write("full.toml", full.toml(true)));
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

TEST(Configs, ClipsAreThoseOfTheRecipes) {
  std::map<std::string, Config> read;
  auto text = [&read](const std::string& name, const std::string& key) {
    if (!read.count(name)) {
      read[name] = resolved(source_dir() / "configs" / name);
    }
    const Value* value = read[name].find("data.train." + key);
    return value ? value->toml() : std::string("none");
  };
  for (const fs::path& file : configs()) {
    const std::string name = fs::relative(file, source_dir() / "configs").string();
    EXPECT_NE(text(name, "type"), "none") << name;
    const std::string part = text(name, "type") == "\"joint\"" ? "first." : "";
    EXPECT_NE(text(name, part + "dataset.type"), "none") << name;
    EXPECT_EQ(text(name, part + "transforms.flip.type"), "\"flip\"") << name;
  }
  struct Recipe {
    const char *name, *key, *value;
  };
  for (const Recipe& one : {
           Recipe{"mask2former/coco_r50.toml", "transforms.scale_crop.size", "1024"},
           {"mask2former/coco_r50.toml", "frames", "1"},
           {"mask2former_vis/ytvis2019_r50.toml", "frames", "2"},
           {"mask2former_vis/ytvis2019_r50.toml", "range", "20"},
           {"mask2former_vis/ytvis2019_r50.toml", "replacement", "true"},
           {"mask2former_vis/ytvis2019_r50.toml", "transforms.resize.short_edges", "[360, 480]"},
           {"minvis/ovis_r50.toml", "frames", "1"},
           {"minvis/ytvis2022_r50.toml", "dataset.path", "\"ytvis_2021\""},
           {"novis/ovis_r50.toml", "frames", "4"},
           {"novis/ovis_r50.toml", "range", "5"},
           {"novis/ovis_r50.toml", "replacement", "false"},
           {"novis/ovis_r50.toml", "reverse", "0.5"},
           {"vita/ytvis2019_r50.toml", "first.frames", "5"},
           {"vita/ytvis2019_swin_l.toml", "first.range", "20"},
           {"vita/ytvis2019_r50.toml", "share", "0.5714"},
           {"vita/ytvis2021_r50.toml", "first.frames", "6"},
           {"vita/ytvis2021_r50.toml", "second.frames", "6"},
           {"vita/ytvis2021_r50.toml", "first.range", "8"},
           {"vita/ytvis2022_r50.toml", "share", "0.5556"},
           {"vita/ovis_r50.toml", "share", "0.8"},
           {"vita/ovis_r50.toml", "second.transforms.rotate.type", "\"rotate\""},
           {"vita/ovis_r50.toml", "first.transforms.rotate.type", "none"},
           {"genvis/online_ytvis2019_r50.toml", "first.frames", "5"},
           {"genvis/online_ytvis2019_r50.toml", "first.range", "6"},
           {"genvis/online_ytvis2021_r50.toml", "share", "0.5714"},
           {"genvis/semi_online_ovis_r50.toml", "first.frames", "15"},
           {"genvis/semi_online_ovis_r50.toml", "second.frames", "15"},
           {"genvis/semi_online_ytvis2022_r50.toml", "first.range", "12"},
           {"iai/ytvis2019_r50.toml", "choose", "\"steps\""},
           {"iai/ytvis2019_r50.toml", "frames", "5"},
           {"iai/ytvis2019_r50.toml", "longest_step", "3"},
           {"iai/ytvis2019_r50.toml", "transforms.flip.per", "\"frame\""},
           {"iai/ytvis2019_r50.toml", "transforms.resize.choose", "\"choice\""},
           {"iai/ovis_r50.toml", "transforms.resize.choose", "\"range\""},
           {"iai/ovis_r50.toml", "transforms.resize.long_edges", "[649, 960]"},
       }) {
    EXPECT_EQ(text(one.name, one.key), one.value) << one.name << " " << one.key;
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
    const Config config = resolved(source_dir() / "configs" / name);
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
      const Config config = resolved(file);
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
