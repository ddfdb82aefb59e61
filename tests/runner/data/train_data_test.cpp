// What [data.train] of a config opens to, and how it is looked at.

#include "data/train_data.h"
#include <clipwork/host/config.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/sample_loader.h>
#include <gmock/gmock.h>

#include "plugins/datasets/dataset_files.h"
#include "runner/run_here.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
namespace fs = std::filesystem;

namespace {

class TrainData : public testing::Test {
 protected:
  void SetUp() override {
    use_built_plugins();
    Registry::instance().load_search_path();
  }
  ScratchFolder scratch_;
  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }

  Config config(const std::vector<Override>& changes = {}) const {
    return load_config((source_dir() / "configs/novis/tiny.toml").string(), changes);
  }
  static std::string refusal(const Config& config) {
    try {
      runs::open_samples(config);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }
  static ProgramResult browse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"dataset", "browse"});
    return test::run_here(arguments);
  }
};

using Batches = std::vector<std::string>;

/// Names, pixels and masks of some batches in one text.
Batches batches(const std::shared_ptr<const Samples>& samples, SampleLoader::Options options) {
  SampleLoader loader(samples, options);
  Batches all;
  for (int i = 0; i < 4; ++i) {
    std::string text;
    for (const Sample& sample : loader.next()) {
      text += cat(sample.name, " ", sample.frames.sum().item<int64_t>(), " ",
                  sample.targets.masks.sum().item<int64_t>(), " ",
                  sample.targets.boxes.sum().item<float>(), "; ");
    }
    all.push_back(text);
  }
  return all;
}

}  // namespace

TEST_F(TrainData, AConfigsClipsAreTheSameForAnyNumberOfWorkers) {
  const auto samples = runs::open_samples(config({"data.train.dataset.videos=6"}));
  EXPECT_EQ(samples->size(), 6);
  SampleLoader::Options options;
  options.batch = 2;
  options.seed = 9;
  options.workers = 0;
  const Batches alone = batches(samples, options);
  for (const int64_t workers : {1, 3}) {
    options.workers = workers;
    EXPECT_EQ(batches(samples, options), alone);
  }
}

TEST_F(TrainData, ClassesOfDataAndConfigMustBeTheSameInTheSameOrder) {
  const std::string names =
      "[\"dotted_fish\", \"striped_fish\", \"striped_beast\", \"dotted_beast\", "
      "\"ringed_star\", \"checked_star\", \"ringed_gear\", \"checked_worm\", "
      "\"marbled_leaf\", \"marbled_crescent\"]";
  const std::string turned = refusal(config({cat("classes.names=", names)}));
  EXPECT_THAT(turned, HasSubstr("class 1 of the data is 'striped_fish', that of the config "
                                "'dotted_fish'"));
  EXPECT_THAT(turned, HasSubstr("synthetic.toml:")) << "where the data is named";
  EXPECT_THAT(refusal(config({"classes.names=[\"fish\"]"})),
              HasSubstr("the data has 10 classes, the config 1"));
  EXPECT_EQ(refusal(config()), "accepted");
}

TEST_F(TrainData, WhatIsMissingOrWrongIsRefusedWithItsPlace) {
  const Config without = parse_config("[run]\nseed = 3\n", "mine.toml");
  EXPECT_THAT(refusal(without), HasSubstr("mine.toml: the config has no training data"));
  EXPECT_THAT(refusal(config({"data.train.transforms.flip.probability=2"})),
              HasSubstr("--set: samples 'clips'.transforms.flip.probability"));
  const std::string sides = refusal(
      config({"data.train.transforms.crop.type=crop", "data.train.transforms.crop.sides=[5]"}));
  EXPECT_THAT(sides, HasSubstr("transforms.crop.sides has 1 value, expected 2"));
}

TEST_F(TrainData, BrowseShowsSamplesAsTrainingGetsThem) {
  CLIPWORK_NEEDS_VIDEO();
  const std::string tiny = (source_dir() / "configs/novis/tiny.toml").string();
  const auto look = [&](const std::string& out, const std::string& seed) {
    return browse({tiny, "--set", "data.train.dataset.videos=5", "--augmented", "--first", "2",
                   "--out", path(out), "--seed", seed});
  };
  const ProgramResult result = look("look", "4");
  ASSERT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("2 samples; an epoch has 5"));
  const std::string index = read_file(path("look/index.html"));
  EXPECT_THAT(index, HasSubstr("href=\"000001_sample/report.html\""));
  SampleLoader::Options order;
  order.seed = 4;
  SampleLoader loader(runs::open_samples(config({"data.train.dataset.videos=5"})), order);
  for (int i = 0; i < 2; ++i) {
    const Sample sample = loader.next().at(0);
    EXPECT_THAT(index, HasSubstr(cat("sample ", i, ": ", sample.name)));
    EXPECT_THAT(index, HasSubstr(cat("4 frames, ", sample.targets.count(), " track")));
  }
  ASSERT_EQ(look("other", "5").code, 0);
  EXPECT_NE(read_file(path("other/index.html")), index);

  const ProgramResult both = browse({tiny, "--augmented", "--video", "1", "--out", path("none")});
  EXPECT_EQ(both.code, 2);
  EXPECT_THAT(both.errors, HasSubstr("--video and --images select videos"));
}

TEST_F(TrainData, AStepOfAnOutsidePluginTakesPart) {
  CLIPWORK_NEEDS_VIDEO();
  // Beside the test program there are no installed configs.
  std::string text = read_file(source_dir() / "examples/occluder/occluder.toml");
  const std::string installed = "clipwork:";
  const size_t at = text.find("\"" + installed);
  ASSERT_NE(at, text.npos);
  text.replace(at + 1, installed.size(), (source_dir() / "configs/").string());
  const std::string example = scratch_.write("occluder.toml", text).string();
  const ProgramResult result =
      browse({example, "--plugin-path", (build_dir() / "tests/fixtures/examples").string(),
              "--augmented", "--first", "1", "--form", "pictures", "--out", path("look")});
  ASSERT_EQ(result.code, 0) << result.errors;
  const auto samples = runs::open_samples(load_config(
      example, {"data.train.transforms.occluder.probability=1", "data.train.dataset.videos=8"}));
  const auto plain = runs::open_samples(load_config(
      example, {"data.train.transforms.occluder.probability=0", "data.train.dataset.videos=8"}));
  int64_t with = 0, without = 0;
  for (int64_t i = 0; i < 8; ++i) {
    const Draw draw(1, "sample", 0, i);
    with += samples->sample(i, draw).targets.masks.sum().item<int64_t>();
    without += plain->sample(i, draw).targets.masks.sum().item<int64_t>();
  }
  EXPECT_LT(with, without) << "objects lose what is hidden";
  EXPECT_GT(with, without / 2);
}
