// Mask2Former's pixel decoder: deformable attention over res5, res4, res3, and an FPN step to
// stride 4 (sem_seg_head.pixel_decoder.* of the published checkpoints).

#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/deformable_attention.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ops/norm.h>
#include <clipwork/ops/position.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>

#include <array>

namespace clipwork {

namespace {

/// The maps that attend to each other, coarse first.
constexpr std::array<const char*, 3> kAttended = {"res5", "res4", "res3"};

struct Parameters {
  int64_t channels = 256, mask_channels = 256;
  int64_t layers = 6, heads = 8, points = 4, feedforward = 1024;
  bool finest = false;
  void describe(Describer& d) {
    d("channels", channels, "width of tokens and maps").range(1, 4096);
    d("mask_channels", mask_channels, "width of the mask features").range(1, 4096);
    d("layers", layers, "number of encoder layers").range(0, 64);
    d("heads", heads, "number of attention heads").range(1, 64);
    d("points", points, "number of sampled points per head and level").range(1, 64);
    d("feedforward", feedforward, "hidden width of the feed-forward network").range(1, 65536);
    d("finest", finest,
      "also return the map at stride 4 before its projection to mask features (VITA)");
  }
};

/// Post-norm: x = norm1(x + attention(x + position, x)), x = norm2(x + feedforward(x)).
class EncoderLayer : public torch::nn::Module {
 public:
  explicit EncoderLayer(const Parameters& p) {
    attention_ = make_child<DeformableAttention>(*this, "self_attn", p.channels, p.heads,
                                                 static_cast<int64_t>(kAttended.size()), p.points);
    norm1_ = make_child<AddNorm>(*this, "norm1", p.channels);
    linear1_ =
        make_child<Linear>(*this, "linear1", p.channels, p.feedforward, true, Activation::relu);
    linear2_ = make_child<Linear>(*this, "linear2", p.feedforward, p.channels);
    norm2_ = make_child<AddNorm>(*this, "norm2", p.channels);
  }

  /// `with_position` is tokens + position; gives both of the next layer.
  std::pair<Tensor, Tensor> forward(const Tensor& tokens, const Tensor& with_position,
                                    const Tensor& position, const std::vector<Size>& levels) {
    Tensor x = norm1_->forward(attention_->forward(with_position, tokens, levels), tokens);
    return norm2_->forward(linear2_->forward(linear1_->forward(x)), x, position);
  }

 private:
  std::shared_ptr<DeformableAttention> attention_;
  std::shared_ptr<AddNorm> norm1_, norm2_;
  std::shared_ptr<Linear> linear1_, linear2_;
};

class Network : public torch::nn::Module {
 public:
  Network(const Parameters& p, const Given& given) : channels_(p.channels) {
    for (size_t i = 0; i < kAttended.size(); ++i) {
      ConvOptions options;
      options.in = given.find(kAttended[i])->channels;
      options.out = p.channels;
      options.bias = true;
      input_.push_back(make_child<Conv>(*this, cat("input_proj.", i, ".0"), options));
      input_norm_.push_back(
          make_child<GroupNorm>(*this, cat("input_proj.", i, ".1"), 32, p.channels));
    }
    auto transformer = std::make_shared<torch::nn::Module>();
    add_child(*this, "transformer", transformer);
    level_embed_ = make_parameter(*transformer, "level_embed",
                                  {static_cast<int64_t>(kAttended.size()), p.channels});
    for (int64_t i = 0; i < p.layers; ++i) {
      encoder_.push_back(make_child<EncoderLayer>(*this, cat("transformer.encoder.layers.", i), p));
    }
    ConvOptions adapter;
    adapter.in = given.find("res2")->channels;
    adapter.out = p.channels;
    adapter.norm = ConvOptions::Norm::group;
    adapter_ = make_child<Conv>(*this, "adapter_1", adapter);
    ConvOptions output = adapter;
    output.in = p.channels;
    output.kernel = 3;
    output.padding = 1;
    output.activation = Activation::relu;
    output_ = make_child<Conv>(*this, "layer_1", output);
    ConvOptions mask;
    mask.in = p.channels;
    mask.out = p.mask_channels;
    mask.bias = true;
    mask_ = make_child<Conv>(*this, "mask_features", mask);
    finest_ = p.finest;
  }

  std::vector<FeatureMap> forward(const std::vector<FeatureMap>& maps) {
    FrameFeatures features{maps, {}};
    std::vector<Size> levels;
    std::vector<Tensor> tokens, codes;
    for (size_t i = 0; i < kAttended.size(); ++i) {
      Tensor x = input_norm_[i]->forward(input_[i]->forward(features.at(kAttended[i]).value));
      levels.push_back({x.size(2), x.size(3)});
      // Tokens of a channels_last map are a view.
      tokens.push_back(x.permute({0, 2, 3, 1}).flatten(1, 2));
      Tensor position = positions_.get(channels_, x.size(2), x.size(3), x);
      codes.push_back(position.flatten(1).t() + level_embed_[static_cast<int64_t>(i)]);
    }
    Tensor x = at::cat(tokens, 1), position = at::cat(codes).unsqueeze(0);
    Tensor with_position = x + position;
    for (size_t i = 0; i < encoder_.size(); ++i) {
      std::tie(x, with_position) = encoder_[i]->forward(x, with_position, position, levels);
      Tensor heard = tap(x, "pixel_decoder.encoder.", i);
      if (!heard.is_same(x)) {
        x = heard;
        with_position = x + position;
      }
    }
    std::vector<FeatureMap> out;
    int64_t start = 0;
    for (size_t i = 0; i < levels.size(); ++i) {
      int64_t count = levels[i].height * levels[i].width;
      Tensor map = x.narrow(1, start, count)
                       .unflatten(1, {levels[i].height, levels[i].width})
                       .permute({0, 3, 1, 2});
      out.push_back({cat("multi_scale.", i), int64_t{32} >> i, map});
      start += count;
    }
    const Tensor& res2 = features.at("res2").value;
    Tensor lateral = adapter_->forward(res2);
    Tensor grown = at::upsample_bilinear2d(out.back().value, {res2.size(2), res2.size(3)}, false);
    Tensor finest = output_->forward(lateral + grown);
    if (finest_) out.push_back({"finest", 4, finest});
    out.push_back({"mask_features", 4, mask_->forward(finest)});
    return out;
  }

 private:
  int64_t channels_;
  bool finest_ = false;
  std::vector<std::shared_ptr<Conv>> input_;
  std::vector<std::shared_ptr<GroupNorm>> input_norm_;
  Tensor level_embed_;
  PositionCache positions_;
  std::vector<std::shared_ptr<EncoderLayer>> encoder_;
  std::shared_ptr<Conv> adapter_, output_, mask_;
};

class MsDeform : public PixelDecoder {
 public:
  using Parameters = clipwork::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    if (p.channels % p.heads != 0 || p.channels % 32 != 0) {
      throw InputError(cat("channels ", p.channels, " must be a multiple of heads (", p.heads,
                           ") and of the 32 groups of its norms"));
    }
    Contract contract;
    contract.needs = {"map:res2", "map:res3", "map:res4", "map:res5"};
    for (int64_t i = 0; i < 3; ++i) {
      contract.maps.push_back({cat("multi_scale.", i), p.channels, int64_t{32} >> i});
    }
    if (p.finest) contract.maps.push_back({"finest", p.channels, 4});
    contract.maps.push_back({"mask_features", p.mask_channels, 4});
    return contract;
  }

  MsDeform(const Parameters& p, const Given& given)
      : network_(std::make_shared<Network>(p, given)) {}

  std::vector<FeatureMap> forward(const std::vector<FeatureMap>& maps) override {
    return network_->forward(maps);
  }
  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override {
    return {"sem_seg_head.pixel_decoder.", {}, {}, {"\\.(sampling_offsets|attention_weights)\\."}};
  }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }

 private:
  std::shared_ptr<Network> network_;
};

}  // namespace

}  // namespace clipwork

CLIPWORK_PLUGIN(msdeform, "0.1.0") {
  registry.add<clipwork::MsDeform>(
      "msdeform",
      "multi-scale deformable attention over three maps, and mask features at stride 4");
}
