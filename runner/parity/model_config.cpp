#include "model_config.h"

#include <clipwork/error.h>

namespace clipwork::parity {

namespace {

Value::Array numbers(const Json& array) {
  Value::Array values;
  for (const Json& value : array.GetArray()) values.emplace_back(value.GetDouble());
  return values;
}

}  // namespace

void set_preprocess(Value& tree, const Json& config, const Json& resize) {
  tree.set("preprocess.mean", numbers(member(config, "pixel_mean")));
  tree.set("preprocess.deviation", numbers(member(config, "pixel_std")));
  tree.set("preprocess.channels", text(config, "channel_order"));
  tree.set("preprocess.divisor", integer(config, "size_divisibility"));
  if (resize.IsNull()) {
    tree.set("preprocess.resize", "none");
  } else if (text(resize, "rule") == "pil_shortest_edge") {
    tree.set("preprocess.resize", "shortest_edge");
    tree.set("preprocess.short_edge", integer(resize, "min_size"));
    tree.set("preprocess.long_edge", integer(resize, "max_size"));
  } else if (text(resize, "rule") == "cv_fit") {
    tree.set("preprocess.resize", "cv_fit");
    tree.set("preprocess.short_edge", integer(resize, "short"));
    tree.set("preprocess.long_edge", integer(resize, "long"));
  } else {
    throw InputError(cat("resize rule '", text(resize, "rule"), "' is not known"), "case.json");
  }
}

Value::Array class_names(int64_t count) {
  Value::Array names;
  for (int64_t k = 0; k < count; ++k) names.emplace_back(cat("class ", k));
  return names;
}

void set_backbone(Value& tree, const Json& backbone) {
  if (text(backbone, "type") != "resnet") {
    throw InputError(cat("backbone '", text(backbone, "type"), "' is not known"), "case.json");
  }
  tree.set("model.backbone.type", "resnet");
  tree.set("model.backbone.depth", integer(backbone, "depth"));
  tree.set("model.backbone.stem_channels", integer(backbone, "stem_out_channels"));
  tree.set("model.backbone.res2_channels", integer(backbone, "res2_out_channels"));
  tree.set("model.backbone.width_per_group", integer(backbone, "width_per_group"));
  tree.set("model.backbone.groups", integer(backbone, "num_groups"));
  tree.set("model.backbone.stride_in_1x1", boolean(backbone, "stride_in_1x1"));
  tree.set("model.backbone.norm", text(backbone, "norm") == "BN" ? "batch" : "frozen_batch");
  tree.set("model.backbone.norm_eps", number(backbone, "norm_eps"));
}

void set_feature_model(Value& tree, const Json& config) {
  set_backbone(tree, member(config, "backbone"));
  tree.set("model.pixel_decoder.type", "msdeform");
  tree.set("model.pixel_decoder.channels", integer(config, "conv_dim"));
  tree.set("model.pixel_decoder.mask_channels", integer(config, "mask_dim"));
  tree.set("model.pixel_decoder.layers", integer(config, "encoder_layers"));
  tree.set("model.pixel_decoder.heads", integer(config, "encoder_heads"));
  tree.set("model.pixel_decoder.points", integer(config, "encoder_points"));
  tree.set("model.pixel_decoder.feedforward", integer(config, "encoder_ffn"));
}

void set_query_decoder(Value& tree, const char* type, const Json& config, const Options& options) {
  tree.set("model.decoder.type", type);
  tree.set("model.decoder.queries", integer(config, "num_queries"));
  tree.set("model.decoder.channels", integer(config, "hidden_dim"));
  tree.set("model.decoder.heads", integer(config, "nheads"));
  tree.set("model.decoder.layers", integer(config, "decoder_layers"));
  tree.set("model.decoder.feedforward", integer(config, "decoder_ffn"));
  tree.set("model.decoder.pre_norm", boolean(config, "pre_norm"));
  tree.set("model.decoder.attention_masks", options.packed ? "reduced" : "published");
}

}  // namespace clipwork::parity
