// Swin Transformer as Mask2Former uses it: maps res2 to res5, each stage's output through a norm of
// its own (backbone.* of the published checkpoints).

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/rand.h>
#include <clipwork/backbone.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/norm.h>
#include <clipwork/plugin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "window_attention.h"

namespace clipwork::swin {

namespace {

struct Parameters {
  int64_t embed_dim = 96, window_size = 7, patch_size = 4;
  std::vector<int64_t> depths = {2, 2, 6, 2}, heads = {3, 6, 12, 24};
  double mlp_ratio = 4, drop_path = 0.3;
  bool qkv_bias = true, patch_norm = true;
  void describe(Describer& d) {
    d("embed_dim", embed_dim,
      "channels of res2, doubled in every stage: 96 (T, S), 128 (B), 192 (L)")
        .range(1, 4096);
    if (embed_dim >= kBaseWidth) depths = {2, 2, 18, 2};
    d("depths", depths,
      "blocks of each stage: 2, 2, 6, 2 (T) or 2, 2, 18, 2 (S, B, L; default from embed_dim 128)")
        .length(1, 6)
        .range(1, 1000);
    heads = usual_heads();
    d("heads", heads,
      "attention heads of each stage (default: one for every 32 channels, as in all published "
      "sizes)")
        .length(1, 6)
        .range(1, 4096);
    d("window_size", window_size, "side of the attention windows: 7, or 12 (384)")
        .range(1, 256)
        .unit("tokens");
    d("patch_size", patch_size, "side of the patches, which become tokens; the stride of res2")
        .range(1, 64)
        .unit("pixels");
    d("mlp_ratio", mlp_ratio,
      "hidden width of the feed-forward network, as a multiple of the width of the stage")
        .range(0.01, 64);
    d("qkv_bias", qkv_bias, "add a bias to queries, keys and values");
    d("patch_norm", patch_norm, "add a norm after the patch embedding");
    d("drop_path", drop_path,
      "probability that a picture skips the last block in training (stochastic depth); it "
      "increases linearly from 0 at the first block")
        .range(0, 0.99);
  }

 private:
  static constexpr int64_t kBaseWidth = 128, kHeadWidth = 32;
  std::vector<int64_t> usual_heads() const {
    std::vector<int64_t> all;
    // Parameters are read before they are checked: nothing may overflow here.
    int64_t channels = std::clamp<int64_t>(embed_dim, 1, 4096);
    for (size_t i = 0; i < depths.size(); ++i) {
      all.push_back(std::max<int64_t>(1, channels / kHeadWidth));
      channels = std::min<int64_t>(2 * channels, int64_t{1} << 40);
    }
    return all;
  }
};

/// A map as tokens [B, H W, C].
struct TokenMap {
  Tensor tokens;
  int64_t height = 0, width = 0;
};

/// Zeros on the right and at the bottom, up to this size: tokens of a larger map.
TokenMap padded(const TokenMap& map, int64_t height, int64_t width) {
  if (height == map.height && width == map.width) return map;
  std::array<int64_t, 6> ends = {0, 0, 0, width - map.width, 0, height - map.height};
  Tensor grown = at::constant_pad_nd(map.tokens.unflatten(1, {map.height, map.width}), ends);
  return {grown.flatten(1, 2), height, width};
}

class Block : public torch::nn::Module {
 public:
  Block(const Parameters& p, int64_t channels, int64_t heads, int64_t shift, double drop_path)
      : window_(p.window_size), shift_(shift), drop_path_(drop_path) {
    auto inner = static_cast<int64_t>(static_cast<double>(channels) * p.mlp_ratio);
    norm1_ = make_child<AddNorm>(*this, "norm1", channels);
    attention_ =
        make_child<WindowAttention>(*this, "attn", channels, p.window_size, heads, p.qkv_bias);
    norm2_ = make_child<AddNorm>(*this, "norm2", channels);
    linear1_ = make_child<Linear>(*this, "mlp.fc1", channels, inner);
    linear2_ = make_child<Linear>(*this, "mlp.fc2", inner, channels);
  }

  Tensor forward(const TokenMap& map, WindowCache& cuts, Context& context) {
    Windows windows = cuts.get(map.height, map.width, window_, shift_, map.tokens);
    TokenMap normed = padded({norm1_->forward(map.tokens), map.height, map.width},
                             windows.padded_height, windows.padded_width);
    Tensor mixed = attention_->forward(normed.tokens.index_select(1, windows.order), windows);
    Tensor x = map.tokens + drop(mixed.index_select(1, windows.back), context);
    return x + drop(linear2_->forward(at::gelu(linear1_->forward(norm2_->forward(x)))), context);
  }

 private:
  /// The branch [B, H W, C] of some pictures in training, scaled so that its mean stays (timm,
  /// `drop_path`).
  Tensor drop(const Tensor& branch, Context& context) const {
    if (!context.training || drop_path_ == 0) return branch;
    Tensor draw = at::rand({branch.size(0), 1, 1}, context.random("drop_path"), at::kFloat);
    return branch * draw.ge(drop_path_).to(branch.options()).div(1 - drop_path_);
  }

  int64_t window_, shift_;
  double drop_path_;
  std::shared_ptr<AddNorm> norm1_, norm2_;
  std::shared_ptr<WindowAttention> attention_;
  std::shared_ptr<Linear> linear1_, linear2_;
};

/// Four neighbours become one token of twice the channels.
class Merging : public torch::nn::Module {
 public:
  explicit Merging(int64_t channels) {
    norm_ = make_child<AddNorm>(*this, "norm", 4 * channels);
    reduction_ = make_child<Linear>(*this, "reduction", 4 * channels, 2 * channels, false);
  }

  TokenMap forward(const TokenMap& map) {
    int64_t height = (map.height + 1) / 2, width = (map.width + 1) / 2;
    TokenMap even = padded(map, 2 * height, 2 * width);
    // [B, H/2, row, W/2, column, C]: columns outside, rows inside, as the published weights have
    // it.
    Tensor quads = even.tokens.unflatten(1, {height, 2, width, 2})
                       .permute({0, 1, 3, 4, 2, 5})
                       .reshape({map.tokens.size(0), height * width, 4 * map.tokens.size(2)});
    return {reduction_->forward(norm_->forward(quads)), height, width};
  }

 private:
  std::shared_ptr<AddNorm> norm_;
  std::shared_ptr<Linear> reduction_;
};

class Network : public torch::nn::Module {
 public:
  explicit Network(const Parameters& p) : patch_(p.patch_size) {
    ConvOptions patches;
    patches.in = 3;
    patches.out = p.embed_dim;
    patches.kernel = patches.stride = p.patch_size;
    patches.bias = true;
    patches_ = make_child<Conv>(*this, "patch_embed.proj", patches);
    if (p.patch_norm) patch_norm_ = make_child<AddNorm>(*this, "patch_embed.norm", p.embed_dim);
    int64_t channels = p.embed_dim, before = 0;
    const int64_t blocks = std::accumulate(p.depths.begin(), p.depths.end(), int64_t{0});
    for (size_t i = 0; i < p.depths.size(); ++i, channels *= 2) {
      Stage stage;
      for (int64_t j = 0; j < p.depths[i]; ++j) {
        int64_t shift = j % 2 == 0 ? 0 : p.window_size / 2;
        double share = blocks > 1 ? static_cast<double>(before++) / (blocks - 1) : 0;
        stage.blocks.push_back(make_child<Block>(*this, cat("layers.", i, ".blocks.", j), p,
                                                 channels, p.heads[i], shift, share * p.drop_path));
      }
      if (i + 1 < p.depths.size()) {
        stage.merging = make_child<Merging>(*this, cat("layers.", i, ".downsample"), channels);
      }
      stage.norm = make_child<AddNorm>(*this, cat("norm", i), channels);
      stages_.push_back(std::move(stage));
    }
  }

  std::vector<FeatureMap> forward(const Tensor& pictures, Context& context) {
    auto missing = [&](int64_t side) { return (patch_ - side % patch_) % patch_; };
    std::array<int64_t, 4> ends = {0, missing(pictures.size(3)), 0, missing(pictures.size(2))};
    bool whole = ends[1] == 0 && ends[3] == 0;
    Tensor first = patches_->forward(whole ? pictures : at::constant_pad_nd(pictures, ends));
    TokenMap x{first.permute({0, 2, 3, 1}).flatten(1, 2), first.size(2), first.size(3)};
    if (patch_norm_) x.tokens = patch_norm_->forward(x.tokens);
    std::vector<FeatureMap> maps;
    for (size_t i = 0; i < stages_.size(); ++i) {
      for (const auto& block : stages_[i].blocks) x.tokens = block->forward(x, cuts_, context);
      Tensor map = stages_[i].norm->forward(x.tokens).unflatten(1, {x.height, x.width});
      maps.push_back({cat("res", i + 2), patch_ << i, map.permute({0, 3, 1, 2})});
      if (stages_[i].merging) x = stages_[i].merging->forward(x);
    }
    return maps;
  }

 private:
  struct Stage {
    std::vector<std::shared_ptr<Block>> blocks;
    std::shared_ptr<Merging> merging;
    std::shared_ptr<AddNorm> norm;
  };
  int64_t patch_;
  std::shared_ptr<Conv> patches_;
  std::shared_ptr<AddNorm> patch_norm_;
  std::vector<Stage> stages_;
  WindowCache cuts_;
};

class Swin : public Backbone {
 public:
  using Parameters = swin::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    if (p.depths.size() != p.heads.size()) {
      throw InputError(cat("depths has ", p.depths.size(), " stages, heads has ", p.heads.size()),
                       "", "give one number per stage for both");
    }
    Contract contract;
    for (size_t i = 0; i < p.depths.size(); ++i) {
      int64_t channels = p.embed_dim << i;
      if (channels % p.heads[i] != 0) {
        throw InputError(cat("stage ", i, " has ", p.depths[i], " blocks with ", channels,
                             " channels and ", p.heads[i], " heads"),
                         "", "the channels must be a multiple of the heads");
      }
      contract.maps.push_back({cat("res", i + 2), channels, p.patch_size << i});
    }
    return contract;
  }

  Swin(const Parameters& p, const Given&) : network_(std::make_shared<Network>(p)) {}

  std::vector<FeatureMap> forward(const Tensor& pictures, Context& context) override {
    return network_->forward(pictures, context);
  }
  torch::nn::Module* weights() override { return network_.get(); }
  // Weights of the classifier that a training starts from have no prefix.
  WeightNames weight_names() const override {
    return {"backbone.", {{"^(patch_embed|layers|norm[0-9])\\.", "backbone.$1."}}, {}};
  }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }

 private:
  std::shared_ptr<Network> network_;
};

}  // namespace

}  // namespace clipwork::swin

CLIPWORK_PLUGIN(swin, "0.1.0") {
  registry.add<clipwork::swin::Swin>(
      "swin", "Swin Transformer (T, S, B, L): maps res2 to res5 at strides 4 to 32");
}
