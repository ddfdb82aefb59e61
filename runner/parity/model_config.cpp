#include "model_config.h"

#include <clipwork/error.h>

namespace clipwork::parity {

namespace {

Value::Array numbers(const Json& array) {
  Value::Array values;
  for (const Json& value : array.GetArray()) values.emplace_back(value.GetDouble());
  return values;
}

Value::Array whole_numbers(const Json& array) {
  Value::Array values;
  for (int64_t value : integers(array)) values.emplace_back(value);
  return values;
}

/// The part of a decoder of the query families that is the same whatever its queries stand for.
void set_query_layers(Value& tree, const std::string& place, const char* type, const Json& config,
                      const Options& options) {
  tree.set(place + ".type", type);
  tree.set(place + ".channels", integer(config, "hidden_dim"));
  tree.set(place + ".heads", integer(config, "nheads"));
  tree.set(place + ".layers", integer(config, "decoder_layers"));
  tree.set(place + ".feedforward", integer(config, "decoder_ffn"));
  tree.set(place + ".pre_norm", boolean(config, "pre_norm"));
  tree.set(place + ".attention_masks", options.packed ? "reduced" : "published");
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
    throw InputError(cat("resize rule '", text(resize, "rule"), "' is not supported"), "case.json");
  }
}

Value::Array class_names(int64_t count) {
  Value::Array names;
  for (int64_t k = 0; k < count; ++k) names.emplace_back(cat("class ", k));
  return names;
}

namespace {

void set_resnet(Value& tree, const Json& backbone) {
  tree.set("model.backbone.depth", integer(backbone, "depth"));
  tree.set("model.backbone.stem_channels", integer(backbone, "stem_out_channels"));
  tree.set("model.backbone.res2_channels", integer(backbone, "res2_out_channels"));
  tree.set("model.backbone.width_per_group", integer(backbone, "width_per_group"));
  tree.set("model.backbone.groups", integer(backbone, "num_groups"));
  tree.set("model.backbone.stride_in_1x1", boolean(backbone, "stride_in_1x1"));
  tree.set("model.backbone.norm", text(backbone, "norm") == "BN" ? "batch" : "frozen_batch");
  tree.set("model.backbone.norm_eps", number(backbone, "norm_eps"));
}

void set_swin(Value& tree, const Json& backbone) {
  if (boolean(backbone, "ape")) {
    throw InputError("'ape' is true, but absolute position embeddings are not supported",
                     "case.json");
  }
  tree.set("model.backbone.embed_dim", integer(backbone, "embed_dim"));
  tree.set("model.backbone.depths", whole_numbers(member(backbone, "depths")));
  tree.set("model.backbone.heads", whole_numbers(member(backbone, "num_heads")));
  tree.set("model.backbone.window_size", integer(backbone, "window_size"));
  tree.set("model.backbone.patch_size", integer(backbone, "patch_size"));
  tree.set("model.backbone.mlp_ratio", number(backbone, "mlp_ratio"));
  tree.set("model.backbone.qkv_bias", boolean(backbone, "qkv_bias"));
  tree.set("model.backbone.patch_norm", boolean(backbone, "patch_norm"));
}

}  // namespace

void set_backbone(Value& tree, const Json& backbone) {
  std::string type = text(backbone, "type");
  if (type != "resnet" && type != "swin") {
    throw InputError(cat("backbone '", type, "' is not supported"), "case.json",
                     "supported: resnet and swin");
  }
  tree.set("model.backbone.type", type);
  type == "swin" ? set_swin(tree, backbone) : set_resnet(tree, backbone);
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
  set_query_layers(tree, "model.decoder", type, config, options);
  tree.set("model.decoder.queries", integer(config, "num_queries"));
}

void set_object_decoder(Value& tree, const Json& config, const Options& options) {
  const Json& vita = member(config, "vita");
  tree.set("model.pixel_decoder.finest", true);
  tree.set("model.decoder.type", "vita");
  set_query_layers(tree, "model.decoder.frame", "mask2former", config, options);
  tree.set("model.decoder.frame.queries", integer(config, "num_frame_queries"));
  set_object_modules(tree, vita);
  tree.set("model.decoder.attention_window", integer(vita, "encoder_window"));
  tree.set("model.decoder.mask_channels", integer(config, "mask_dim"));
}

void set_object_modules(Value& tree, const Json& vita) {
  tree.set("model.decoder.queries", integer(vita, "num_queries"));
  tree.set("model.decoder.channels", integer(vita, "hidden_dim"));
  tree.set("model.decoder.heads", integer(vita, "nheads"));
  tree.set("model.decoder.feedforward", integer(vita, "ffn"));
  tree.set("model.decoder.encoder_layers", integer(vita, "encoder_layers"));
  tree.set("model.decoder.decoder_layers", integer(vita, "decoder_layers"));
  tree.set("model.decoder.pre_norm", boolean(vita, "pre_norm"));
  tree.set("model.decoder.input_projection", boolean(vita, "input_projection"));
  tree.set("model.decoder.sim_embed_frame", boolean(vita, "sim_embed_frame"));
  tree.set("model.decoder.sim_embed_clip", boolean(vita, "sim_embed_clip"));
  if (vita.HasMember("frame_layers_used")) {
    tree.set("model.decoder.frame_layers", integer(vita, "frame_layers_used"));
  }
}

void set_novis_decoder(Value& tree, const Json& novis) {
  tree.set("model.decoder.temporal_encoding", text(novis, "temporal_encoding"));
  if (!member(novis, "temporal_length").IsNull()) {
    tree.set("model.decoder.temporal_length", integer(novis, "temporal_length"));
  }
}

}  // namespace clipwork::parity
