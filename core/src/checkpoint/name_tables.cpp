#include "checkpoint/name_tables.h"

#include <array>
#include <charconv>
#include <span>

namespace clipwork {
namespace {

/// A rule without what it shares with others.
struct Row {
  std::string_view from, to;
  int part = 0, parts = 1;
};

/// Rows that share the beginnings of both names.
struct Block {
  std::string_view from, to;
  std::span<const Row> rows;
};

/// A model that is part of another.
struct Section {
  std::string_view prefix;
  std::span<const Block> blocks;
};

struct Source {
  const char* name;
  const char* anchor;
  std::span<const Section> sections;
  const char* note = "";
  bool folded_norms = false;
};

// torchvision, ResNet. timm and mmdetection use the same names.

constexpr Row kTorchvisionStem[] = {{"conv1.weight", "weight"}, {"bn1.{*}", "norm.{*}"}};
constexpr Row kTorchvisionBlock[] = {{"conv{c}.weight", "conv{c}.weight"},
                                     {"bn{c}.{*}", "conv{c}.norm.{*}"},
                                     {"downsample.0.weight", "shortcut.weight"},
                                     {"downsample.1.{*}", "shortcut.norm.{*}"}};
constexpr Block kTorchvisionResNet[] = {
    {"", "backbone.stem.conv1.", kTorchvisionStem},
    {"layer{s}.{b}.", "backbone.res{s+1}.{b}.", kTorchvisionBlock}};

// Hugging Face, ResNet.

constexpr Row kHuggingFaceConv[] = {{"convolution.weight", "weight"},
                                    {"normalization.{*}", "norm.{*}"}};
constexpr Block kHuggingFaceResNet[] = {
    {"embedder.embedder.", "backbone.stem.conv1.", kHuggingFaceConv},
    {"encoder.stages.{s}.layers.{b}.layer.{c}.", "backbone.res{s+2}.{b}.conv{c+1}.",
     kHuggingFaceConv},
    {"encoder.stages.{s}.layers.{b}.shortcut.", "backbone.res{s+2}.{b}.shortcut.",
     kHuggingFaceConv}};

// Caffe2, ResNet: Detectron's files and MSRA's R-50.pkl.

constexpr Row kCaffe2Conv[] = {{"w", "weight"},
                               {"bn_s", "norm.weight"},
                               {"bn_gamma", "norm.weight"},
                               {"bn_b", "norm.bias"},
                               {"bn_beta", "norm.bias"},
                               {"bn_rm", "norm.running_mean"},
                               {"bn_running_mean", "norm.running_mean"},
                               {"bn_riv", "norm.running_var"},
                               {"bn_running_var", "norm.running_var"}};
constexpr Block kCaffe2ResNet[] = {
    {"conv1_", "backbone.stem.conv1.", kCaffe2Conv},
    {"res_conv1_", "backbone.stem.conv1.", kCaffe2Conv},
    {"res{s}_{b}_branch1_", "backbone.res{s}.{b}.shortcut.", kCaffe2Conv},
    {"res{s}_{b}_branch2a_", "backbone.res{s}.{b}.conv1.", kCaffe2Conv},
    {"res{s}_{b}_branch2b_", "backbone.res{s}.{b}.conv2.", kCaffe2Conv},
    {"res{s}_{b}_branch2c_", "backbone.res{s}.{b}.conv3.", kCaffe2Conv}};

// Swin Transformer of its authors.

constexpr Row kSwin[] = {{"patch_embed.{*}", "patch_embed.{*}"},
                         {"layers.{s}.{*}", "layers.{s}.{*}"},
                         {"norm{s}.{*}", "norm{s}.{*}"}};
constexpr Block kAuthorsSwin[] = {{"", "backbone.", kSwin}};

// timm, Swin Transformer: a stage begins with the merging that ends the one before in the authors'
// code. As a pyramid of features it has "layers_0" for "layers.0".

constexpr Row kTimmPatches[] = {{"patch_embed.{*}", "patch_embed.{*}"}};
constexpr Row kTimmStage[] = {{"{s}.blocks.{*}", "{s}.blocks.{*}"},
                              {"{s}.downsample.{*}", "{s-1}.downsample.{*}"}};
constexpr Block kTimmSwin[] = {{"", "backbone.", kTimmPatches},
                               {"layers.", "backbone.layers.", kTimmStage}};
constexpr Block kTimmSwinPyramid[] = {{"", "backbone.", kTimmPatches},
                                      {"layers_", "backbone.layers.", kTimmStage}};

// torchvision, Swin Transformer: stages and mergings alternate in one list.

constexpr Row kTorchvisionPatches[] = {{"0.0.{*}", "proj.{*}"}, {"0.2.{*}", "norm.{*}"}};
constexpr Row kTorchvisionSwinBlock[] = {
    {"norm1.{*}", "norm1.{*}"},
    {"attn.qkv.{*}", "attn.qkv.{*}"},
    {"attn.proj.{*}", "attn.proj.{*}"},
    {"attn.relative_position_bias_table", "attn.relative_position_bias_table"},
    {"norm2.{*}", "norm2.{*}"},
    {"mlp.0.{*}", "mlp.fc1.{*}"},
    {"mlp.3.{*}", "mlp.fc2.{*}"}};
constexpr Row kTorchvisionMerging[] = {{"norm.{*}", "norm.{*}"},
                                       {"reduction.weight", "reduction.weight"}};
constexpr Block kTorchvisionSwin[] = {
    {"features.", "backbone.patch_embed.", kTorchvisionPatches},
    {"features.1.{b}.", "backbone.layers.0.blocks.{b}.", kTorchvisionSwinBlock},
    {"features.2.", "backbone.layers.0.downsample.", kTorchvisionMerging},
    {"features.3.{b}.", "backbone.layers.1.blocks.{b}.", kTorchvisionSwinBlock},
    {"features.4.", "backbone.layers.1.downsample.", kTorchvisionMerging},
    {"features.5.{b}.", "backbone.layers.2.blocks.{b}.", kTorchvisionSwinBlock},
    {"features.6.", "backbone.layers.2.downsample.", kTorchvisionMerging},
    {"features.7.{b}.", "backbone.layers.3.blocks.{b}.", kTorchvisionSwinBlock}};

// Hugging Face, Swin Transformer: queries, keys and values are three layers.

constexpr Row kHuggingFacePatches[] = {{"patch_embeddings.projection.{*}", "proj.{*}"},
                                       {"norm.{*}", "norm.{*}"}};
constexpr Row kHuggingFaceSwinBlock[] = {
    {"layernorm_before.{*}", "norm1.{*}"},
    {"attention.self.query.{*}", "attn.qkv.{*}", 0, 3},
    {"attention.self.key.{*}", "attn.qkv.{*}", 1, 3},
    {"attention.self.value.{*}", "attn.qkv.{*}", 2, 3},
    {"attention.self.relative_position_bias_table", "attn.relative_position_bias_table"},
    {"attention.self.relative_position_index", "attn.relative_position_index"},
    {"attention.output.dense.{*}", "attn.proj.{*}"},
    {"layernorm_after.{*}", "norm2.{*}"},
    {"intermediate.dense.{*}", "mlp.fc1.{*}"},
    {"output.dense.{*}", "mlp.fc2.{*}"}};
constexpr Row kHuggingFaceSwinStage[] = {
    {"encoder.layers.{s}.downsample.{*}", "layers.{s}.downsample.{*}"},
    {"hidden_states_norms.stage{s}.{*}", "norm{s-1}.{*}"}};
constexpr Block kHuggingFaceSwin[] = {
    {"embeddings.", "backbone.patch_embed.", kHuggingFacePatches},
    {"encoder.layers.{s}.blocks.{b}.", "backbone.layers.{s}.blocks.{b}.", kHuggingFaceSwinBlock},
    {"", "backbone.", kHuggingFaceSwinStage}};

// Hugging Face, Mask2Former, without the "model." before most of its names.

constexpr Row kHuggingFacePixelDecoder[] = {{"adapter_1.0.weight", "adapter_1.weight"},
                                            {"adapter_1.1.{*}", "adapter_1.norm.{*}"},
                                            {"layer_1.0.weight", "layer_1.weight"},
                                            {"layer_1.1.{*}", "layer_1.norm.{*}"},
                                            {"input_projections.{l}.{*}", "input_proj.{l}.{*}"},
                                            {"level_embed", "transformer.level_embed"},
                                            {"mask_projection.{*}", "mask_features.{*}"}};
constexpr Row kHuggingFaceEncoderLayer[] = {{"self_attn.{*}", "self_attn.{*}"},
                                            {"self_attn_layer_norm.{*}", "norm1.{*}"},
                                            {"fc1.{*}", "linear1.{*}"},
                                            {"fc2.{*}", "linear2.{*}"},
                                            {"final_layer_norm.{*}", "norm2.{*}"}};
constexpr Row kHuggingFacePredictor[] = {
    {"transformer_module.queries_embedder.weight", "query_embed.weight"},
    {"transformer_module.queries_features.weight", "query_feat.weight"},
    {"transformer_module.level_embed.weight", "level_embed.weight"},
    {"transformer_module.input_projections.{l}.{*}", "input_proj.{l}.{*}"},
    {"transformer_module.decoder.layernorm.{*}", "decoder_norm.{*}"},
    {"transformer_module.decoder.mask_predictor.mask_embedder.{l}.0.{*}",
     "mask_embed.layers.{l}.{*}"},
    {"class_predictor.{*}", "class_embed.{*}"}};
constexpr Row kHuggingFaceDecoderLayer[] = {
    {"self_attn.q_proj.{*}", "self_attention_layers.{i}.self_attn.in_proj_{*}", 0, 3},
    {"self_attn.k_proj.{*}", "self_attention_layers.{i}.self_attn.in_proj_{*}", 1, 3},
    {"self_attn.v_proj.{*}", "self_attention_layers.{i}.self_attn.in_proj_{*}", 2, 3},
    {"self_attn.out_proj.{*}", "self_attention_layers.{i}.self_attn.out_proj.{*}"},
    {"self_attn_layer_norm.{*}", "self_attention_layers.{i}.norm.{*}"},
    {"cross_attn.{*}", "cross_attention_layers.{i}.multihead_attn.{*}"},
    {"cross_attn_layer_norm.{*}", "cross_attention_layers.{i}.norm.{*}"},
    {"fc1.{*}", "ffn_layers.{i}.linear1.{*}"},
    {"fc2.{*}", "ffn_layers.{i}.linear2.{*}"},
    {"final_layer_norm.{*}", "ffn_layers.{i}.norm.{*}"}};
/// Early versions of the library have "model." inside the backbone, and count its norms from 0.
constexpr Row kHuggingFaceEarlyNorms[] = {
    {"pixel_level_module.encoder.hidden_states_norms.{s}.{*}", "norm{s}.{*}"}};
constexpr Block kHuggingFaceHead[] = {
    {"", "backbone.", kHuggingFaceEarlyNorms},
    {"pixel_level_module.decoder.", "sem_seg_head.pixel_decoder.", kHuggingFacePixelDecoder},
    {"pixel_level_module.decoder.encoder.layers.{i}.",
     "sem_seg_head.pixel_decoder.transformer.encoder.layers.{i}.", kHuggingFaceEncoderLayer},
    {"transformer_module.decoder.layers.{i}.", "sem_seg_head.predictor.transformer_",
     kHuggingFaceDecoderLayer},
    {"", "sem_seg_head.predictor.", kHuggingFacePredictor}};

constexpr Section kHuggingFaceMask2FormerSections[] = {
    {"pixel_level_module.encoder.", kHuggingFaceSwin},
    {"pixel_level_module.encoder.model.", kHuggingFaceSwin},
    {"pixel_level_module.encoder.", kHuggingFaceResNet},
    {"", kHuggingFaceHead}};
constexpr Section kHuggingFaceSwinSections[] = {{"", kHuggingFaceSwin}};
constexpr Section kHuggingFaceResNetSections[] = {{"", kHuggingFaceResNet}};
constexpr Section kTorchvisionSwinSections[] = {{"", kTorchvisionSwin}};
constexpr Section kTorchvisionResNetSections[] = {{"", kTorchvisionResNet}};
constexpr Section kTimmSwinSections[] = {{"", kTimmSwin}};
constexpr Section kTimmSwinPyramidSections[] = {{"", kTimmSwinPyramid}};
constexpr Section kAuthorsSwinSections[] = {{"", kAuthorsSwin}};
constexpr Section kCaffe2Sections[] = {{"", kCaffe2ResNet}};

const Source kSources[] = {
    {"Hugging Face Mask2Former", "transformer_module.queries_embedder.weight",
     kHuggingFaceMask2FormerSections},
    {"Hugging Face Swin", "encoder.layers.0.blocks.0.attention.self.query.weight",
     kHuggingFaceSwinSections},
    {"Hugging Face ResNet", "encoder.stages.0.layers.0.layer.0.convolution.weight",
     kHuggingFaceResNetSections},
    {"torchvision Swin", "features.1.0.attn.qkv.weight", kTorchvisionSwinSections},
    {"torchvision ResNet", "layer1.0.conv1.weight", kTorchvisionResNetSections},
    {"timm Swin", "layers.3.downsample.reduction.weight", kTimmSwinSections},
    {"timm Swin", "layers_3.downsample.reduction.weight", kTimmSwinPyramidSections},
    {"Swin", "layers.0.blocks.0.attn.qkv.weight", kAuthorsSwinSections},
    {"Caffe2 ResNet", "res2_0_branch2a_w", kCaffe2Sections,
     "these weights expect model.backbone.stride_in_1x1 = true, preprocess.channels = \"BGR\", "
     "preprocess.mean = [103.53, 116.28, 123.675] and preprocess.deviation = [1, 1, 1]",
     true},
};

/// What the placeholders of a pattern stand for in a name.
struct Captures {
  std::array<int, 26> numbers = {};
  std::string_view rest;
};

/// No model has more layers than that.
constexpr size_t kMaxDigits = 4;

std::optional<Captures> match(std::string_view pattern, std::string_view name) {
  Captures captures;
  while (!pattern.empty()) {
    if (pattern == "{*}") {
      if (name.empty()) return {};
      captures.rest = name;
      return captures;
    }
    if (pattern[0] != '{') {
      if (name.empty() || name[0] != pattern[0]) return {};
      pattern.remove_prefix(1);
      name.remove_prefix(1);
      continue;
    }
    const std::string_view digits = name.substr(0, name.find_first_not_of("0123456789"));
    const bool is_number = !digits.empty() && digits.size() <= kMaxDigits;
    if (!is_number || (digits.size() > 1 && digits[0] == '0')) return {};
    int& number = captures.numbers[static_cast<size_t>(pattern[1] - 'a')];
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    pattern.remove_prefix(std::string_view("{a}").size());
    name.remove_prefix(digits.size());
  }
  return name.empty() ? std::optional(captures) : std::nullopt;
}

std::string fill(std::string_view pattern, const Captures& captures) {
  std::string text;
  for (size_t open; (open = pattern.find('{')) != pattern.npos;) {
    text += pattern.substr(0, open);
    const size_t close = pattern.find('}');
    std::string_view inside = pattern.substr(open + 1, close - open - 1);
    pattern.remove_prefix(close + 1);
    if (inside == "*") {
      text += captures.rest;
      continue;
    }
    int number = captures.numbers[static_cast<size_t>(inside[0] - 'a')], shift = 0;
    inside.remove_prefix(1);
    // from_chars reads a minus, but no plus.
    if (inside.starts_with('+')) inside.remove_prefix(1);
    std::from_chars(inside.data(), inside.data() + inside.size(), shift);
    text += std::to_string(number + shift);
  }
  return text += pattern;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (std::string_view part : parts) text += part;
  return text;
}

std::vector<NameTable> make_tables() {
  std::vector<NameTable> tables;
  for (const Source& source : kSources) {
    NameTable& table = tables.emplace_back();
    table.source = source.name;
    table.anchor = source.anchor;
    table.note = source.note;
    table.folded_norms = source.folded_norms;
    for (const Section& section : source.sections) {
      for (const Block& block : section.blocks) {
        for (const Row& row : block.rows) {
          table.rules.push_back({joined({section.prefix, block.from, row.from}),
                                 joined({block.to, row.to}), row.part, row.parts});
        }
      }
    }
  }
  return tables;
}

}  // namespace

std::optional<TranslatedName> NameTable::translate(std::string_view name) const {
  for (const Rule& rule : rules) {
    if (const std::optional<Captures> captures = match(rule.from, name)) {
      return TranslatedName{fill(rule.to, *captures), rule.part, rule.parts};
    }
  }
  return {};
}

const std::vector<NameTable>& name_tables() {
  static const std::vector<NameTable> tables = make_tables();
  return tables;
}

}  // namespace clipwork
