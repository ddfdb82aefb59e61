// IAI over a hand-written detector, and over CondInst: what the loop carries back, what is
// remembered, and the paper's modules one by one.

#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/detector.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>

#include <algorithm>

#include "result_text.h"
#include "support.h"
#include "tap_recorder.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

[[maybe_unused]] const bool kPluginsFound = (use_built_plugins(), true);

using Ids = std::vector<int64_t>;

/// Columns [from, to) of the picture, class 0, and the id channel that is sure.
struct Blob {
  int64_t from, to, id;
};
using Script = std::vector<std::vector<Blob>>;

/// What the hand-written detector finds in frame 0, 1, ...
Script script;
size_t next_frame = 0;

constexpr int64_t kHeight = 16, kWidth = 32, kStride = 8;

/// Gives a map "res5" of stride 8.
class Map : public Backbone {
 public:
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.maps = {{"res5", 4, kStride}};
    return contract;
  }
  Map(const Parameters&, const Given&) {}
  std::vector<FeatureMap> forward(const Tensor& pictures, Context&) override {
    return {{"res5", kStride,
             at::full({1, 4, kHeight / kStride, kWidth / kStride}, 0.5).mul(pictures.mean())}};
  }
};

/// A whole detector: it fulfils what `iai` asks of one.
class Blobs : public Detector {
 public:
  struct Parameters {
    bool branches = true;
    void describe(Describer& d) { d("branches", branches, "takes further branches"); }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"map:res5"};
    contract.gives = {"masks"};
    if (p.branches) contract.gives.push_back("branches");
    return contract;
  }
  Blobs(const Parameters&, const Given& given) : classes_(given.classes) {}
  void request(const DetectorRequest& request) override {
    for (const auto& branch : request.branches) ids_ = branch.channels;
  }
  Tensors dense(const std::vector<FeatureMap>& maps) override {
    Tensors dense;
    dense.set("map", maps.at(0).value);
    return dense;
  }
  ClipPrediction select(const Tensors&, const Geometry& geometry, const Rank&) override {
    const std::vector<Blob>& blobs = script.at(next_frame++);
    auto rows = static_cast<int64_t>(blobs.size());
    ClipPrediction prediction;
    prediction.form = ScoreForm::probability;
    prediction.class_scores = at::zeros({1, rows, classes_ + 1});
    Tensor ids = at::full({1, rows, ids_}, -4.0);
    Tensor masks = at::full({1, rows, 1, kHeight, kWidth}, -4.0);
    for (int64_t row = 0; row < rows; ++row) {
      const Blob& blob = blobs[row];
      prediction.class_scores[0][row][0] = 0.8;
      ids[0][row][blob.id] = 4;
      masks[0][row][0].narrow(1, blob.from, blob.to - blob.from).fill_(4);
    }
    prediction.more.set("id_logits", ids);
    prediction.masks = dense_masks(masks, {geometry});
    return prediction;
  }

 private:
  int64_t classes_, ids_ = 1;
};

void register_parts() {
  static const bool done = [] {
    Registry::instance().add_builtin("blobs", [](Registrar& registry) {
      registry.add<Map>("map", "one map");
      registry.add<Blobs>("blobs", "finds what a test says");
    });
    return true;
  }();
  (void)done;
}

struct Recorder : TapRecorder {
  int64_t number(const std::string& name) const { return heard.at(name).item<int64_t>(); }
  Ids list(const std::string& name) const {
    Tensor value = heard.at(name);
    Ids numbers;
    for (int64_t i = 0; i < value.size(0); ++i) numbers.push_back(value[i].item<int64_t>());
    return numbers;
  }
};

/// A pipeline over the hand-written detector with 5 ids; lines of `decoder` and `tracker` are
/// added.
std::unique_ptr<Pipeline> blobs_pipeline(const std::string& decoder = "",
                                         const std::string& tracker = "") {
  register_parts();
  next_frame = 0;
  std::string toml = R"(
[classes]
names = ["a", "b"]
[preprocess]
resize = "none"
divisor = 8
[tracks]
classes = "mean_probs"
absent = "zero"
[model.backbone]
type = "map"
[model.tracker]
type = "id_head"
)" + tracker + R"(
[model.decoder]
type = "iai"
ids = 5
channels = 8
projection = 4
feedforward = 32
self_heads = 2
)" + decoder + R"(
[model.decoder.detector]
type = "blobs"
)";
  return std::make_unique<Pipeline>(parse_config(toml), WeightRule());
}

/// Runs the script, listened to.
Result run(const Pipeline& pipeline, Recorder& recorder) {
  VideoInfo video;
  video.listener = &recorder;
  Stream stream = pipeline.open(video);
  for (size_t t = 0; t < script.size(); ++t) {
    stream.push({at::full({3, kHeight, kWidth}, 40, at::kByte), static_cast<int64_t>(t), 0, ""});
  }
  return stream.finish().result;
}

int64_t pixels(const Result& result, int64_t track, int64_t frame) {
  auto mask = result.mask(track, frame);
  return mask ? mask->area() : -1;
}

Config tiny(const std::vector<Override>& changes = {}) {
  return load_config((source_dir() / "configs/iai/tiny.toml").string(), changes);
}

Frame picture(int64_t t) { return {picture_by_rule(3, t, 1, 96, 128)[0], t, 0, ""}; }

}  // namespace

// ---- ids

TEST(IdHead, FollowsIdsThatTheDetectorPredicts) {
  // Channel 4 means new. The objects change places in frame 1, the first is away in frame 2.
  script = {{{0, 8, 4}, {16, 24, 4}}, {{18, 26, 1}, {2, 10, 0}}, {{20, 28, 1}}};
  Recorder recorder;
  Result result = run(*blobs_pipeline(), recorder);
  EXPECT_EQ(recorder.list("frame.0.ids"), (Ids{0, 1}));
  EXPECT_EQ(recorder.list("frame.1.ids"), (Ids{1, 0}));
  EXPECT_EQ(recorder.list("frame.2.ids"), (Ids{1}));
  EXPECT_EQ(recorder.number("frame.2.count"), 2);
  EXPECT_EQ(pixels(result, 1, 1), 8 * kHeight);
  EXPECT_EQ(pixels(result, 1, 2), 0);
  // Frames without a track count as 0.
  ASSERT_EQ(result.rows.size(), 4u);
  EXPECT_EQ(result.rows[0].track, 2);
  EXPECT_NEAR(result.rows[0].score, 0.8, 1e-6);
  EXPECT_NEAR(result.rows[1].score, 0.8 * 2 / 3, 1e-6);
}

TEST(IdHead, TakesAnIdThatWasNotIssuedForANewObject) {
  script = {{{0, 8, 4}}, {{0, 8, 0}, {16, 24, 2}}};
  Recorder recorder;
  Result result = run(*blobs_pipeline(), recorder);
  EXPECT_EQ(recorder.list("frame.1.columns"), (Ids{0, 2}));
  EXPECT_EQ(recorder.list("frame.1.ids"), (Ids{0, 1}));
  // It has no mask before it was born.
  EXPECT_EQ(pixels(result, 2, 0), -1);
  EXPECT_EQ(pixels(result, 2, 1), 8 * kHeight);
}

TEST(IdHead, GivesObjectsThatCameAfterTheLastIdOneSlotThatIsNotDrawn) {
  script = {{{0, 4, 4}, {4, 8, 4}, {8, 12, 4}}, {{0, 4, 0}, {12, 16, 4}, {20, 28, 4}}};
  Recorder recorder;
  Result result = run(*blobs_pipeline(), recorder);
  // Of 5 channels 0, 1, 2 are tracks and 3 is what is shared; results count them from 1.
  EXPECT_EQ(recorder.list("frame.0.ids"), (Ids{0, 1, 2}));
  EXPECT_EQ(recorder.list("frame.1.ids"), (Ids{0, 3, 3}));
  EXPECT_EQ(pixels(result, 4, 1), -1);
  EXPECT_TRUE(std::any_of(result.rows.begin(), result.rows.end(),
                          [](const ResultRow& row) { return row.track == 4; }));
  // The later one's plane stands; both are taken from the background, which is the last plane.
  Tensor planes = recorder.heard.at("frame.1.id_masks")[0];
  EXPECT_EQ(planes[3].sum().item<int64_t>(), 8 * kHeight);
  EXPECT_EQ(planes[5].sum().item<int64_t>(), (kWidth - 4 - 4 - 8) * kHeight);
  EXPECT_TRUE(recorder.heard.at("frame.1.new").item<bool>());
}

TEST(IdHead, DropsWhatComesWhenIdsRanOutOnRequest) {
  script = {{{0, 4, 4}, {4, 8, 4}, {8, 12, 4}}, {{0, 4, 0}, {12, 16, 4}, {20, 28, 4}}};
  Recorder recorder;
  Result result = run(*blobs_pipeline("", "overflow = \"discard\"\n"), recorder);
  EXPECT_EQ(recorder.list("frame.1.ids"), (Ids{0, 3, -1}));
  EXPECT_EQ(pixels(result, 4, 1), 4 * kHeight);
  Tensor planes = recorder.heard.at("frame.1.id_masks")[0];
  EXPECT_EQ(planes[5].sum().item<int64_t>(), (kWidth - 4 - 4) * kHeight);
}

TEST(IdHead, RunsWhereNothingIsEverDetected) {
  script = {{}, {}, {{0, 8, 4}}, {}};
  Recorder recorder;
  Result result = run(*blobs_pipeline(), recorder);
  EXPECT_EQ(recorder.number("frame.1.count"), 0);
  EXPECT_FALSE(recorder.heard.at("frame.1.new").item<bool>());
  EXPECT_EQ(recorder.list("frame.2.ids"), (Ids{0}));
  EXPECT_EQ(pixels(result, 1, 1), -1);
  script = {{}, {}};
  Recorder again;
  EXPECT_TRUE(run(*blobs_pipeline(), again).rows.empty());
}

// ---- occlusion

TEST(IaiDecoder, GivesEveryPixelToTheBestDetectionAndDropsWhatIsHidden) {
  // The second lies under the first but for one column of 10; the third is hidden but for nothing,
  // and what it has taken is lost for the fourth.
  script = {{{0, 10, 4}, {1, 11, 4}, {0, 14, 4}, {11, 20, 4}}};
  Recorder recorder;
  Result result = run(*blobs_pipeline("min_visible = 0.3\n"), recorder);
  EXPECT_EQ(recorder.list("frame.0.kept"), (Ids{0, 3}));
  Tensor planes = recorder.heard.at("frame.0.id_masks")[0];
  EXPECT_EQ(planes[1].sum().item<int64_t>(), (20 - 14) * kHeight);
  // At output size only kept detections take pixels.
  EXPECT_EQ(pixels(result, 1, 0), 10 * kHeight);
  EXPECT_EQ(pixels(result, 2, 0), 9 * kHeight);
}

TEST(IaiDecoder, GivesEveryPixelOfTheTruthToTheSmallestObjectInTrainingAlone) {
  script = {{}, {}};
  auto pipeline = blobs_pipeline();
  const auto part =
      std::find_if(pipeline->components().begin(), pipeline->components().end(),
                   [](const PipelineComponent& one) { return one.place == "model.decoder"; });
  auto& decoder = dynamic_cast<Decoder&>(*part->component);
  c10::InferenceMode inference;
  const Geometry geometry{{kHeight, kWidth}, {kHeight, kWidth}, {kHeight, kWidth}};
  // The second object covers a part of the first.
  Observation observation{at::tensor({0, 1}, at::kLong).view({1, 2}),
                          at::zeros({1, 2, 1, kHeight, kWidth}, at::kBool),
                          at::zeros({1, 2}, at::kBool)};
  observation.masks[0][0].narrow(-1, 0, 16).fill_(true);
  observation.masks[0][1].narrow(-1, 4, 6).fill_(true);
  auto pixels_of_planes = [&](bool training) {
    Generators random(0);
    Communicator world;
    Context decoding{false, random, world}, observing{training, random, world};
    const Tensor map = at::full({1, 4, kHeight / kStride, kWidth / kStride}, 0.5);
    const std::vector<FrameMemo> memos = {
        decoder.encode({{{"res5", kStride, map}}, {geometry}}, decoding)};
    const std::unique_ptr<State> state = decoder.make_state(1);
    Recorder recorder;
    TapScope taps(&recorder);
    decoder.decode({0, memos, {&geometry, 1}, 0, 0}, {}, *state, decoding);
    decoder.observe(observation, *state, observing);
    return recorder.heard.at("frame.0.id_masks")[0].sum({1, 2}).div(kHeight);
  };
  EXPECT_TRUE(pixels_of_planes(true).eq(at::tensor({10, 6, 0, 0, 0, 16})).all().item<bool>());
  EXPECT_TRUE(pixels_of_planes(false).eq(at::tensor({16, 6, 0, 0, 0, 16})).all().item<bool>());
}

// ---- memory

TEST(IaiDecoder, RemembersEveryThirdFrameAndThoseWithSomethingNew) {
  script = Script(8, {{0, 8, 0}});
  script[4] = {{0, 8, 0}, {16, 24, 4}};
  script[5] = script[6] = script[7] = {{0, 8, 0}, {16, 24, 1}};
  Recorder recorder;
  run(*blobs_pipeline(), recorder);
  const int64_t positions = kHeight / kStride * (kWidth / kStride);
  Ids frames;
  for (size_t t = 0; t < script.size(); ++t) {
    frames.push_back(recorder.number(cat("frame.", t, ".memory.length")) / positions);
  }
  // Frame 2 by the interval, 4 for the new object, 7 by the interval from there.
  EXPECT_EQ(frames, (Ids{1, 1, 2, 2, 3, 3, 3, 4}));
}

TEST(IaiDecoder, KeepsTheFirstAndTheLatestFramesWithinALimit) {
  script = Script(7, {{0, 8, 0}});
  Recorder recorder;
  run(*blobs_pipeline("memory_interval = 1\nmemory_frames = 3\n"), recorder);
  const int64_t positions = kHeight / kStride * (kWidth / kStride);
  EXPECT_EQ(recorder.number("frame.6.memory.length"), 3 * positions);
  Tensor keys = recorder.heard.at("frame.6.memory.global_key");
  Tensor first = recorder.heard.at("frame.0.memory.global_key");
  EXPECT_TRUE(at::equal(keys.narrow(1, 2 * positions, positions), first));
  Tensor latest = recorder.heard.at("frame.6.memory.local_key").flatten(2).transpose(1, 2);
  EXPECT_TRUE(at::equal(keys.narrow(1, 0, positions), latest));
}

TEST(IaiDecoder, SeesWhatWasObservedInTheFrameBefore) {
  script = {{{0, 8, 4}}, {{0, 8, 0}}};
  Recorder here;
  run(*blobs_pipeline(), here);
  script = {{{16, 24, 4}}, {{0, 8, 0}}};
  Recorder there;
  run(*blobs_pipeline(), there);
  EXPECT_TRUE(
      at::equal(here.heard.at("frame.0.association"), there.heard.at("frame.0.association")));
  EXPECT_FALSE(
      at::allclose(here.heard.at("frame.1.association"), there.heard.at("frame.1.association")));
}

TEST(IaiDecoder, RefusesADetectorThatCannotGiveIds) {
  register_parts();
  std::string toml = R"(
[classes]
names = ["a"]
[model.backbone]
type = "map"
[model.tracker]
type = "id_head"
[model.decoder]
type = "iai"
[model.decoder.detector]
type = "blobs"
branches = false
)";
  try {
    Pipeline pipeline(parse_config(toml), WeightRule());
    ADD_FAILURE() << "it was taken";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("does not support additional branches"),
              std::string::npos)
        << error.what();
  }
}

// ---- over CondInst

TEST(IaiDecoder, GivesTheSameInPlainAndPackedForm) {
  std::vector<Recorder> recorders(2);
  std::vector<std::string> results;
  for (bool plain : {true, false}) {
    Pipeline pipeline(tiny({plain ? "run.plain=true" : "run.plain=false"}), WeightRule());
    VideoInfo video;
    video.listener = &recorders[plain];
    Stream stream = pipeline.open(video);
    for (int64_t t = 0; t < 3; ++t) stream.push(picture(t));
    stream.finish();
  }
  for (const std::string name :
       {"frame.2.fused", "frame.2.head.p3.id_logits", "frame.2.mask_features",
        "frame.0.id_embedding", "frame.2.memory.global_value", "frame.2.detections.class_scores"}) {
    EXPECT_TRUE(at::allclose(recorders[1].heard.at(name), recorders[0].heard.at(name), 1e-3, 1e-4))
        << name;
  }
}

TEST(IaiDecoder, HasEveryModuleOfThePapersTablesAsAParameter) {
  const std::vector<std::vector<Override>> rows = {
      {"model.decoder.identification=false", "model.decoder.association=false",
       "model.tracker.type=embedding"},
      {"model.decoder.association=false"},
      {"model.decoder.identification=false", "model.tracker.type=embedding"},
      {"model.decoder.global=false"},
      {"model.decoder.local=false"},
      {"model.decoder.class=false"},
      {"model.decoder.id_form=softmax"},
      {"model.decoder.id_convs=3"},
      {"model.decoder.id_convs=4"},
      {"model.decoder.id_convs=1"},
      {"model.decoder.ranking=mean"},
      {"model.decoder.layers=2"}};
  std::vector<std::string> seen;
  for (const auto& row : rows) {
    Pipeline pipeline(tiny(row), WeightRule());
    VideoInfo video;
    video.name = row[0].text;
    Recorder recorder;
    video.listener = &recorder;
    Stream stream = pipeline.open(video);
    for (int64_t t = 0; t < 3; ++t) stream.push(picture(t));
    stream.finish();
    const Tensor& logits = recorder.heard.at("frame.2.head.p3.class_logits");
    EXPECT_TRUE(logits.isfinite().all().item<bool>()) << row[0].text;
    // No two rows are the same model.
    seen.push_back(
        cat(logits.sum().item<double>(), recorder.heard.count("frame.2.head.p3.id_logits"),
            row[0].text.starts_with("model.decoder.ranking") ? row[0].text : std::string(),
            recorder.heard.count("frame.2.head.p3.id_logits")
                ? recorder.heard.at("frame.2.head.p3.id_logits").sum().item<double>()
                : 0.0));
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

TEST(IaiDecoder, LoadsACheckpointInTheLayoutOfMmdetection) {
  ScratchFolder scratch;
  Pipeline by_rules(tiny(), WeightRule());
  std::vector<CheckpointEntry> entries;
  for (const PipelineComponent& part : by_rules.components()) {
    for (const NamedParameter& one : named_parameters(*part.component)) {
      entries.push_back({one.name, one.value});
    }
  }
  auto has = [&](const std::string& name) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const CheckpointEntry& entry) { return entry.name == name; });
  };
  for (const char* name : {"backbone.conv1.weight",
                           "backbone.bn1.running_mean",
                           "backbone.bn1.num_batches_tracked",
                           "backbone.layer1.0.downsample.0.weight",
                           "backbone.layer4.2.bn3.weight",
                           "backbone.layer2.0.downsample.1.running_var",
                           "encoder_projector.bias",
                           "backbone_projector.weight",
                           "neck.lateral_convs.2.conv.weight",
                           "neck.fpn_convs.4.conv.bias",
                           "bbox_head.cls_convs.3.conv.weight",
                           "bbox_head.reg_convs.0.gn.bias",
                           "bbox_head.id_convs.0.gn.weight",
                           "bbox_head.conv_id.weight",
                           "bbox_head.controller.bias",
                           "bbox_head.scales.4.scale",
                           "bbox_head.mask_refine.2.0.weight",
                           "bbox_head.mask_refine.0.1.running_var",
                           "bbox_head.mask_head.3.1.weight",
                           "bbox_head.mask_head.4.bias",
                           "lstt.patch_wise_id_bank.weight",
                           "lstt.LSTT.layers.0.self_attn.linear_K.weight",
                           "lstt.LSTT.layers.0.linear_V.bias",
                           "lstt.LSTT.layers.0.long_term_attn.projection.weight",
                           "lstt.LSTT.layers.0.short_term_attn.relative_emb.weight",
                           "lstt.LSTT.layers.0.short_term_attn.V_bias",
                           "lstt.LSTT.layers.0.short_term_attn.fc.bias",
                           "lstt.LSTT.layers.0.activation.gn.weight",
                           "lstt.LSTT.layers.0.activation.GCT.alpha",
                           "lstt.LSTT.layers.0.activation.conv.weight",
                           "lstt.LSTT.layers.0.norm3.weight",
                           "lstt.LSTT.decoder_norms.0.bias"}) {
    EXPECT_TRUE(has(name)) << name;
  }
  auto run_with = [](const Pipeline& pipeline) {
    Stream stream = pipeline.open();
    for (int64_t t = 0; t < 2; ++t) stream.push(picture(t));
    return text(stream.finish().result);
  };
  std::filesystem::path file = scratch.path() / "iai.safetensors";
  write_safetensors(file, entries);
  Pipeline from_file(tiny(), file);
  EXPECT_TRUE(from_file.load_report().missing.empty());
  EXPECT_EQ(run_with(from_file), run_with(by_rules));
}

TEST(ResNet, TakesTheOtherNamesAndFilesOfTheBackboneAlone) {
  ScratchFolder scratch;
  auto resnet = [](const char* names) {
    return Pipeline::for_inspection(plan_pipeline(load_config(
        (source_dir() / "configs/iai/tiny.toml").string(), {cat("model.backbone.names=", names)})));
  };
  auto backbone = [](const Pipeline& pipeline) { return pipeline.components().front().component; };
  for (const auto& [from, to] : std::vector<std::pair<const char*, const char*>>{
           {"torchvision", "detectron2"}, {"detectron2", "torchvision"}}) {
    const Pipeline source = resnet(from), target = resnet(to);
    fill_by_rule({backbone(source).get()}, {});
    for (const std::string prefix : {"backbone.", ""}) {
      std::vector<CheckpointEntry> entries;
      for (const NamedParameter& one : named_parameters(*backbone(source))) {
        entries.push_back({prefix + one.name.substr(std::string("backbone.").size()), one.value});
      }
      std::filesystem::path file = scratch.path() / "resnet.safetensors";
      write_safetensors(file, entries);
      LoadReport report = load_checkpoint(read_checkpoint(file), {backbone(target).get()}, {});
      EXPECT_TRUE(report.missing.empty()) << report.text();
      EXPECT_TRUE(report.unexpected.empty()) << report.text();
      EXPECT_TRUE(at::equal(named_parameters(*backbone(source)).back().value,
                            named_parameters(*backbone(target)).back().value));
    }
  }
}

// ---- detections with other trackers

TEST(DetectDecoder, GivesDetectionsThatEveryTrackerOfVaryingRowsLinks) {
  for (const char* tracker :
       {"{replace=true, type='embedding'}", "{replace=true, type='iou', compare='last'}"}) {
    Config config =
        load_config((source_dir() / "configs/condinst/tiny.toml").string(),
                    {cat("model.tracker=", tracker), "model.decoder.detector.min_class_score=0.3"});
    Pipeline pipeline(config, WeightRule());
    Stream stream = pipeline.open();
    size_t masks = 0;
    for (int64_t t = 0; t < 4; ++t) {
      for (const SettledFrame& frame : stream.push(picture(t))) masks += frame.masks.size();
    }
    Result result = stream.finish().result;
    EXPECT_GT(result.rows.size(), 0u) << tracker;
    EXPECT_GT(masks, 0u) << tracker;
  }
}

TEST(DetectDecoder, IsAnImageModelWithoutATracker) {
  Pipeline pipeline(load_config((source_dir() / "configs/condinst/tiny.toml").string(),
                                {"model.tracker.type=none"}),
                    WeightRule());
  EXPECT_TRUE(pipeline.still_pictures());
  Stream stream = pipeline.open();
  stream.push(picture(0));
  EXPECT_GT(stream.finish().result.rows.size(), 0u);
}
