// Files of other programs, whose names are written here by hand as these programs build them, reach
// every parameter of the models here exactly once, in the right shape.

#include "checkpoint/name_tables.h"

#include <ATen/ops/scalar_tensor.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>

#include <algorithm>
#include <array>
#include <set>

#include "checkpoint/weight_role.h"
#include "support.h"

using namespace clipwork;

namespace {

/// A file under construction. Its values cost no memory: each tensor is one number, expanded.
struct File {
  Checkpoint checkpoint;
  double next = 1;

  File() { checkpoint.file = "foreign.pth"; }
  void add(const std::string& name, std::vector<int64_t> shape, at::ScalarType type = at::kFloat) {
    checkpoint.tensors.push_back({name, at::scalar_tensor(next++, type).expand(shape)});
  }
  void linear(const std::string& name, int64_t out, int64_t in, bool bias = true) {
    add(name + ".weight", {out, in});
    if (bias) add(name + ".bias", {out});
  }
  void norm(const std::string& name, int64_t channels) {
    add(name + ".weight", {channels});
    add(name + ".bias", {channels});
  }
  void batch_norm(const std::string& name, int64_t channels) {
    norm(name, channels);
    add(name + ".running_mean", {channels});
    add(name + ".running_var", {channels});
    add(name + ".num_batches_tracked", {}, at::kLong);
  }
};

struct ResNetSize {
  std::array<int, 4> blocks = {3, 4, 6, 3};
  int64_t stem = 64, res2 = 256, inner = 64;
  bool bottlenecks = true;
};
const ResNetSize kResNet18 = {{2, 2, 2, 2}, 64, 64, 64, false};
const ResNetSize kResNet50, kResNet101 = {{3, 4, 23, 3}};
const ResNetSize kTinyResNet = {{3, 4, 6, 3}, 16, 32, 8};

/// The convolutions of one block: out, in, side of the kernel.
std::vector<std::array<int64_t, 3>> convolutions(const ResNetSize& size, int stage, int64_t in) {
  const int64_t out = size.res2 << stage, inner = size.inner << stage;
  if (!size.bottlenecks) return {{out, in, 3}, {out, out, 3}};
  return {{inner, in, 1}, {inner, inner, 3}, {out, inner, 1}};
}

template <class Block>
void each_block(const ResNetSize& size, Block block) {
  int64_t in = size.stem;
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < size.blocks[stage]; ++i) {
      block(stage, i, in, size.res2 << stage);
      in = size.res2 << stage;
    }
  }
}

File torchvision_resnet(const ResNetSize& size) {
  File file;
  file.add("conv1.weight", {size.stem, 3, 7, 7});
  file.batch_norm("bn1", size.stem);
  each_block(size, [&](int stage, int i, int64_t in, int64_t out) {
    const std::string block = cat("layer", stage + 1, ".", i, ".");
    int n = 0;
    for (auto [to, from, side] : convolutions(size, stage, in)) {
      file.add(cat(block, "conv", ++n, ".weight"), {to, from, side, side});
      file.batch_norm(cat(block, "bn", n), to);
    }
    if (i == 0 && (in != out || stage > 0)) {
      file.add(block + "downsample.0.weight", {out, in, 1, 1});
      file.batch_norm(block + "downsample.1", out);
    }
  });
  file.linear("fc", 1000, size.res2 << 3);
  return file;
}

void add_hugging_face_resnet(File& file, const ResNetSize& size, const std::string& prefix) {
  auto convolution = [&](const std::string& name, int64_t out, int64_t in, int64_t side) {
    file.add(name + ".convolution.weight", {out, in, side, side});
    file.batch_norm(name + ".normalization", out);
  };
  convolution(prefix + "embedder.embedder", size.stem, 3, 7);
  each_block(size, [&](int stage, int i, int64_t in, int64_t out) {
    const std::string block = cat(prefix, "encoder.stages.", stage, ".layers.", i, ".");
    if (i == 0 && (in != out || stage > 0)) convolution(block + "shortcut", out, in, 1);
    int n = 0;
    for (auto [to, from, side] : convolutions(size, stage, in)) {
      convolution(cat(block, "layer.", n++), to, from, side);
    }
  });
}

/// With "s" and "b" for weight and bias of norms as in Detectron, or "gamma" and "beta".
File caffe2_resnet(const ResNetSize& size, bool with_statistics, const char* scale = "s",
                   const char* shift = "b") {
  File file;
  auto norm = [&](const std::string& name, int64_t channels) {
    file.add(cat(name, "_bn_", scale), {channels});
    file.add(cat(name, "_bn_", shift), {channels});
    if (!with_statistics) return;
    file.add(name + "_bn_rm", {channels});
    file.add(name + "_bn_riv", {channels});
  };
  file.add("conv1_w", {size.stem, 3, 7, 7});
  norm("res_conv1", size.stem);
  each_block(size, [&](int stage, int i, int64_t in, int64_t out) {
    const std::string block = cat("res", stage + 2, "_", i, "_branch");
    const char* letters[] = {"2a", "2b", "2c"};
    int n = 0;
    for (auto [to, from, side] : convolutions(size, stage, in)) {
      file.add(cat(block, letters[n], "_w"), {to, from, side, side});
      norm(block + letters[n++], to);
    }
    if (i == 0) {
      file.add(block + "1_w", {out, in, 1, 1});
      norm(block + "1", out);
    }
  });
  file.add("fc1000_w", {1000, size.res2 << 3});
  file.add("fc1000_b", {1000});
  return file;
}

struct SwinSize {
  int64_t channels = 96;
  std::array<int, 4> depths = {2, 2, 6, 2};
  std::array<int64_t, 4> heads = {3, 6, 12, 24};
  int64_t window = 7;
};
const SwinSize kSwinT, kSwinL = {192, {2, 2, 18, 2}, {6, 12, 24, 48}, 12};

enum class Swin { authors, timm, timm_pyramid, torchvision };

/// Names of classifiers that keep queries, keys and values together.
File swin(Swin program, const SwinSize& size) {
  File file;
  const bool torchvision = program == Swin::torchvision;
  const std::string stages = program == Swin::timm_pyramid ? "layers_" : "layers.";
  const std::string patches = torchvision ? "features.0.0" : "patch_embed.proj";
  file.add(patches + ".weight", {size.channels, 3, 4, 4});
  file.add(patches + ".bias", {size.channels});
  file.norm(torchvision ? "features.0.2" : "patch_embed.norm", size.channels);
  for (int stage = 0; stage < 4; ++stage) {
    const int64_t channels = size.channels << stage, places = size.window * size.window;
    for (int i = 0; i < size.depths[stage]; ++i) {
      const std::string block = torchvision ? cat("features.", 2 * stage + 1, ".", i, ".")
                                            : cat(stages, stage, ".blocks.", i, ".");
      file.norm(block + "norm1", channels);
      file.add(block + "attn.relative_position_bias_table",
               {(2 * size.window - 1) * (2 * size.window - 1), size.heads[stage]});
      file.add(block + "attn.relative_position_index",
               torchvision ? std::vector<int64_t>{places * places}
                           : std::vector<int64_t>{places, places},
               at::kLong);
      file.linear(block + "attn.qkv", 3 * channels, channels);
      file.linear(block + "attn.proj", channels, channels);
      file.norm(block + "norm2", channels);
      file.linear(block + (torchvision ? "mlp.0" : "mlp.fc1"), 4 * channels, channels);
      file.linear(block + (torchvision ? "mlp.3" : "mlp.fc2"), channels, 4 * channels);
    }
    if (stage == 3) break;
    const bool timm = program == Swin::timm || program == Swin::timm_pyramid;
    const std::string merging =
        torchvision ? cat("features.", 2 * stage + 2) : cat(stages, stage + timm, ".downsample");
    file.linear(merging + ".reduction", 2 * channels, 4 * channels, /*bias=*/false);
    file.norm(merging + ".norm", 4 * channels);
  }
  if (program != Swin::timm_pyramid) {
    file.norm("norm", size.channels << 3);
    file.linear(program == Swin::timm ? "head.fc" : "head", 1000, size.channels << 3);
  }
  return file;
}

void add_hugging_face_swin(File& file, const SwinSize& size, const std::string& prefix,
                           bool with_norms) {
  const std::string patches = prefix + "embeddings.patch_embeddings.projection";
  file.add(patches + ".weight", {size.channels, 3, 4, 4});
  file.add(patches + ".bias", {size.channels});
  file.norm(prefix + "embeddings.norm", size.channels);
  for (int stage = 0; stage < 4; ++stage) {
    const int64_t channels = size.channels << stage, places = size.window * size.window;
    const std::string layer = cat(prefix, "encoder.layers.", stage, ".");
    for (int i = 0; i < size.depths[stage]; ++i) {
      const std::string block = cat(layer, "blocks.", i, ".");
      file.norm(block + "layernorm_before", channels);
      file.add(block + "attention.self.relative_position_bias_table",
               {(2 * size.window - 1) * (2 * size.window - 1), size.heads[stage]});
      file.add(block + "attention.self.relative_position_index", {places, places}, at::kLong);
      for (const char* part : {"query", "key", "value"}) {
        file.linear(cat(block, "attention.self.", part), channels, channels);
      }
      file.linear(block + "attention.output.dense", channels, channels);
      file.norm(block + "layernorm_after", channels);
      file.linear(block + "intermediate.dense", 4 * channels, channels);
      file.linear(block + "output.dense", channels, 4 * channels);
    }
    if (stage < 3) {
      file.linear(layer + "downsample.reduction", 2 * channels, 4 * channels, /*bias=*/false);
      file.norm(layer + "downsample.norm", 4 * channels);
    }
    if (with_norms) file.norm(cat(prefix, "hidden_states_norms.stage", stage + 1), channels);
  }
}

struct HeadSize {
  std::array<int64_t, 3> maps = {2048, 1024, 512};  // res5 to res3
  int64_t res2 = 256, channels = 256, encoder_layers = 6, encoder_feedforward = 1024;
  int64_t decoder_layers = 9, feedforward = 2048, queries = 100, classes = 80;
};

/// All but the backbone of Hugging Face's Mask2FormerForUniversalSegmentation.
void add_hugging_face_head(File& file, const HeadSize& size) {
  const int64_t c = size.channels, heads = 8, levels = 3, points = 4;
  const std::string pixels = "model.pixel_level_module.decoder.";
  file.add(pixels + "level_embed", {levels, c});
  for (int64_t i = 0; i < levels; ++i) {
    const std::string projection = cat(pixels, "input_projections.", i);
    file.add(projection + ".0.weight", {c, size.maps[static_cast<size_t>(i)], 1, 1});
    file.add(projection + ".0.bias", {c});
    file.norm(projection + ".1", c);
  }
  for (int64_t i = 0; i < size.encoder_layers; ++i) {
    const std::string layer = cat(pixels, "encoder.layers.", i, ".");
    file.linear(layer + "self_attn.sampling_offsets", heads * levels * points * 2, c);
    file.linear(layer + "self_attn.attention_weights", heads * levels * points, c);
    file.linear(layer + "self_attn.value_proj", c, c);
    file.linear(layer + "self_attn.output_proj", c, c);
    file.norm(layer + "self_attn_layer_norm", c);
    file.linear(layer + "fc1", size.encoder_feedforward, c);
    file.linear(layer + "fc2", c, size.encoder_feedforward);
    file.norm(layer + "final_layer_norm", c);
  }
  file.add(pixels + "mask_projection.weight", {c, c, 1, 1});
  file.add(pixels + "mask_projection.bias", {c});
  file.add(pixels + "adapter_1.0.weight", {c, size.res2, 1, 1});
  file.norm(pixels + "adapter_1.1", c);
  file.add(pixels + "layer_1.0.weight", {c, c, 3, 3});
  file.norm(pixels + "layer_1.1", c);

  const std::string module = "model.transformer_module.";
  file.add(module + "queries_embedder.weight", {size.queries, c});
  file.add(module + "queries_features.weight", {size.queries, c});
  file.add(module + "level_embed.weight", {levels, c});
  for (int64_t i = 0; i < size.decoder_layers; ++i) {
    const std::string layer = cat(module, "decoder.layers.", i, ".");
    for (const char* part : {"k_proj", "v_proj", "q_proj", "out_proj"}) {
      file.linear(cat(layer, "self_attn.", part), c, c);
    }
    file.norm(layer + "self_attn_layer_norm", c);
    file.add(layer + "cross_attn.in_proj_weight", {3 * c, c});
    file.add(layer + "cross_attn.in_proj_bias", {3 * c});
    file.linear(layer + "cross_attn.out_proj", c, c);
    file.norm(layer + "cross_attn_layer_norm", c);
    file.linear(layer + "fc1", size.feedforward, c);
    file.linear(layer + "fc2", c, size.feedforward);
    file.norm(layer + "final_layer_norm", c);
  }
  file.norm(module + "decoder.layernorm", c);
  for (int i = 0; i < 3; ++i) {
    file.linear(cat(module, "decoder.mask_predictor.mask_embedder.", i, ".0"), c, c);
  }
  file.linear("class_predictor", size.classes + 1, c);
  file.add("criterion.empty_weight", {size.classes + 1});
}

/// The parts of a model of one config, built without weights.
class Model {
 public:
  Model(const std::string& config, const std::vector<Override>& changes = {})
      : pipeline_(make(config, changes)) {}

  std::vector<Component*> all() const {
    std::vector<Component*> found;
    for (const PipelineComponent& one : pipeline_.components()) {
      if (one.component->weights()) found.push_back(one.component.get());
    }
    return found;
  }
  std::vector<Component*> backbone() const {
    for (const PipelineComponent& one : pipeline_.components()) {
      if (one.kind == "backbone") return {one.component.get()};
    }
    return {};
  }

 private:
  static Pipeline make(const std::string& config, const std::vector<Override>& changes) {
    test::use_built_plugins();
    return Pipeline::for_inspection(
        plan_pipeline(load_config((test::source_dir() / "configs" / config).string(), changes)));
  }
  Pipeline pipeline_;
};

/// Every weight is loaded but those below `absent`, and no tensor of the file is left over but
/// those that end with one of `unused`.
void expect_reached(const File& file, const std::vector<Component*>& components,
                    const std::vector<std::string>& unused, const std::string& absent = "") {
  const LoadReport report = compare_checkpoint(file.checkpoint, components);
  std::set<std::string> expected, loaded(report.loaded.begin(), report.loaded.end());
  EXPECT_EQ(loaded.size(), report.loaded.size());
  for (Component* component : components) {
    for (const NamedParameter& one : named_parameters(*component)) {
      const bool is_absent = !absent.empty() && one.name.starts_with(absent);
      if (is_weight(one) && !is_absent) expected.insert(one.name);
    }
  }
  EXPECT_GT(expected.size(), 50u);
  for (const std::string& name : expected) EXPECT_TRUE(loaded.contains(name)) << name;
  for (const std::string& name : report.missing) {
    EXPECT_TRUE(!absent.empty() && name.starts_with(absent)) << name;
  }
  EXPECT_TRUE(report.wrong_shape.empty()) << report.text();
  for (const std::string& name : report.unexpected) {
    const bool known = std::any_of(unused.begin(), unused.end(), [&](const std::string& ending) {
      return name.ends_with(ending);
    });
    EXPECT_TRUE(known) << name;
  }
}

std::string title(const File& file) {
  const std::optional<NameSource> source = name_source(file.checkpoint);
  return source ? source->title : "ours";
}

const std::vector<Override> kTwoClasses = {"classes.names=[\"a\", \"b\"]"};

HeadSize tiny_head() { return {{256, 128, 64}, 32, 64, 2, 1024, 4, 128, 12, 2}; }

}  // namespace

TEST(NameTables, TranslatePatternsWithNumbers) {
  const NameTable table{
      "", "", "", false, {{"a{s}.b{t}.{*}", "x{t-1}.y{s+10}.{*}"}, {"c", "d", 1, 3}}};
  EXPECT_EQ(table.translate("a2.b3.w.v")->name, "x2.y12.w.v");
  EXPECT_EQ(table.translate("c")->part, 1);
  for (const char* name : {"a2.b3.", "a.b3.w", "a02.b3.w", "a12345.b3.w", "a2.b3", "cc", "", "a"}) {
    EXPECT_FALSE(table.translate(name)) << name;
  }
}

TEST(NameTables, NoPatternComesTwice) {
  for (const NameTable& table : name_tables()) {
    std::set<std::string> patterns;
    for (const NameTable::Rule& rule : table.rules) {
      EXPECT_TRUE(patterns.insert(rule.from).second) << table.source << ": " << rule.from;
      EXPECT_LT(rule.part, rule.parts) << rule.from;
    }
    EXPECT_TRUE(table.translate(table.anchor)) << table.anchor;
  }
}

TEST(NameTables, ReachAllOfAResNet) {
  const std::vector<std::string> unused = {"num_batches_tracked", "fc.weight", "fc.bias",
                                           "classifier.1.weight", "classifier.1.bias"};
  struct Case {
    ResNetSize size;
    std::vector<Override> changes;
    const char* name;
  };
  for (const Case& one :
       {Case{kTinyResNet, {}, "ResNet-50"},
        Case{kResNet50, {"model.backbone={replace=true, type=\"resnet\"}"}, "ResNet-50"},
        Case{kResNet101,
             {"model.backbone={replace=true, type=\"resnet\", depth=101}"},
             "ResNet-101"},
        Case{kResNet18,
             {"model.backbone={replace=true, type=\"resnet\", depth=18, res2_channels=64}"},
             "ResNet-18"}}) {
    SCOPED_TRACE(one.name);
    const Model model("minvis/tiny.toml", one.changes);
    const File torchvision = torchvision_resnet(one.size);
    expect_reached(torchvision, model.backbone(), unused);
    EXPECT_EQ(title(torchvision), cat("torchvision ", one.name));
    for (const char* prefix : {"", "resnet."}) {
      File hugging_face;
      add_hugging_face_resnet(hugging_face, one.size, prefix);
      hugging_face.linear("classifier.1", 1000, one.size.res2 << 3);
      expect_reached(hugging_face, model.backbone(), unused);
      EXPECT_EQ(title(hugging_face), cat("Hugging Face ", one.name));
    }
  }
}

TEST(NameTables, ReachAllOfAResNetWithTorchvisionsNames) {
  const Model model("condinst/tiny.toml");
  File file;
  add_hugging_face_resnet(file, kTinyResNet, "");
  const LoadReport report = compare_checkpoint(file.checkpoint, model.backbone());
  EXPECT_TRUE(report.missing.empty() && !report.loaded.empty()) << report.text();
}

TEST(NameTables, ReachAllOfACaffe2ResNetAndCompleteFoldedNorms) {
  const Model model("minvis/tiny.toml");
  const std::vector<std::string> unused = {"fc1000_w", "fc1000_b"};
  expect_reached(caffe2_resnet(kTinyResNet, true), model.backbone(), unused);
  expect_reached(caffe2_resnet(kTinyResNet, true, "gamma", "beta"), model.backbone(), unused);
  const File folded = caffe2_resnet(kTinyResNet, false);
  expect_reached(folded, model.backbone(), unused);
  EXPECT_EQ(title(folded), "Caffe2 ResNet-50");
  EXPECT_SAYS(name_source(folded.checkpoint)->note, "model.backbone.stride_in_1x1 = true");
  load_checkpoint(folded.checkpoint, model.backbone(), {});
  for (const NamedParameter& one : named_parameters(*model.backbone()[0])) {
    if (one.name.ends_with("running_mean")) {
      EXPECT_EQ(one.value.sum().item<double>(), 0);
    } else if (one.name.ends_with("running_var")) {
      EXPECT_EQ(one.value.mean().item<double>(), 1);
    }
  }
}

TEST(NameTables, ReachAllOfASwinTransformer) {
  struct Case {
    SwinSize size;
    std::vector<Override> changes;
    const char* name;
  };
  for (const Case& one :
       {Case{kSwinT, {"model.backbone={replace=true, type=\"swin\"}"}, "Swin-T"},
        Case{kSwinL,
             {"model.backbone={replace=true, type=\"swin\", embed_dim=192, depths=[2, 2, 18, 2], "
              "heads=[6, 12, 24, 48], window_size=12}"},
             "Swin-L"}}) {
    SCOPED_TRACE(one.name);
    const Model model("minvis/tiny.toml", one.changes);
    const std::vector<std::string> unused = {
        "norm.weight", "norm.bias",      "head.weight",     "head.bias",        "fc.weight",
        "fc.bias",     "position_index", "classifier.bias", "classifier.weight"};
    struct Program {
      Swin program;
      const char* title;
    };
    for (const Program& program :
         {Program{Swin::authors, ""}, Program{Swin::timm, "timm "},
          Program{Swin::timm_pyramid, "timm "}, Program{Swin::torchvision, "torchvision "}}) {
      const File file = swin(program.program, one.size);
      expect_reached(file, model.backbone(), unused, "backbone.norm");
      EXPECT_EQ(title(file), cat(program.title, one.name));
    }
    File classifier, pyramid;
    add_hugging_face_swin(classifier, one.size, "swin.", false);
    classifier.norm("swin.layernorm", one.size.channels << 3);
    classifier.linear("classifier", 1000, one.size.channels << 3);
    expect_reached(classifier, model.backbone(), unused, "backbone.norm");
    EXPECT_EQ(title(classifier), cat("Hugging Face ", one.name));
    add_hugging_face_swin(pyramid, one.size, "", true);
    expect_reached(pyramid, model.backbone(), {});
  }
}

TEST(NameTables, ReachAllOfMask2FormerWithAResNet) {
  const Model tiny("minvis/tiny.toml", kTwoClasses);
  File file;
  add_hugging_face_resnet(file, kTinyResNet, "model.pixel_level_module.encoder.");
  add_hugging_face_head(file, tiny_head());
  expect_reached(file, tiny.all(), {"num_batches_tracked", "criterion.empty_weight"});
  EXPECT_EQ(title(file), "Hugging Face Mask2Former with ResNet-50");

  const Model full("mask2former/coco_r50.toml");
  File large;
  add_hugging_face_resnet(large, kResNet50, "model.pixel_level_module.encoder.");
  add_hugging_face_head(large, {});
  expect_reached(large, full.all(), {"num_batches_tracked", "criterion.empty_weight"});
}

TEST(NameTables, ReachAllOfMask2FormerWithASwinTransformer) {
  const Model full("mask2former/coco_swin_l.toml");
  HeadSize head;
  head.maps = {1536, 768, 384};
  head.res2 = 192;
  head.queries = 200;
  for (const char* inner : {"", "model."}) {
    File file;
    add_hugging_face_swin(file, kSwinL, cat("model.pixel_level_module.encoder.", inner),
                          *inner == 0);
    for (int stage = 0; *inner && stage < 4; ++stage) {
      file.norm(cat("model.pixel_level_module.encoder.hidden_states_norms.", stage),
                int64_t{192} << stage);
    }
    add_hugging_face_head(file, head);
    expect_reached(file, full.all(), {"criterion.empty_weight"});
    EXPECT_EQ(title(file), "Hugging Face Mask2Former with Swin-L");
  }
}

TEST(NameTables, JoinQueriesKeysAndValuesInThisOrder) {
  const Model model("minvis/tiny.toml", kTwoClasses);
  File file;
  add_hugging_face_resnet(file, kTinyResNet, "model.pixel_level_module.encoder.");
  add_hugging_face_head(file, tiny_head());
  load_checkpoint(file.checkpoint, model.all(), {});
  size_t seen = 0;
  for (Component* component : model.all()) {
    for (const NamedParameter& one : named_parameters(*component)) {
      const std::string prefix = "sem_seg_head.predictor.transformer_self_attention_layers.2.";
      if (one.name != prefix + "self_attn.in_proj_weight" &&
          one.name != prefix + "self_attn.in_proj_bias") {
        continue;
      }
      ++seen;
      const std::string kind = one.name.ends_with("weight") ? "weight" : "bias";
      int64_t row = 0;
      for (const char* part : {"q_proj.", "k_proj.", "v_proj."}) {
        const Tensor* source = file.checkpoint.find(
            cat("model.transformer_module.decoder.layers.2.self_attn.", part, kind));
        ASSERT_NE(source, nullptr);
        EXPECT_TRUE(one.value.narrow(0, row, 64).equal(*source)) << one.name << " " << part;
        row += 64;
      }
    }
  }
  EXPECT_EQ(seen, 2u);
}

TEST(NameTables, AJoinedTensorWithoutOneOfItsPartsIsMissing) {
  const Model model("minvis/tiny.toml", kTwoClasses);
  File file;
  add_hugging_face_resnet(file, kTinyResNet, "model.pixel_level_module.encoder.");
  add_hugging_face_head(file, tiny_head());
  std::erase_if(file.checkpoint.tensors, [](const CheckpointEntry& entry) {
    return entry.name.ends_with("layers.1.self_attn.k_proj.bias");
  });
  const LoadReport report = compare_checkpoint(file.checkpoint, model.all());
  EXPECT_EQ(report.missing,
            std::vector<std::string>{"sem_seg_head.predictor.transformer_self_attention_layers.1."
                                     "self_attn.in_proj_bias"});
}
