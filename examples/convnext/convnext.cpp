// ConvNeXt (Liu et al., A ConvNet for the 2020s, CVPR 2022) with torchvision's parameter names
// (features.0.0.weight, ..., features.7.2.block.5.bias), so that its weights load unchanged.
//
// Read it from the bottom up: registration, the component, the network, its parts.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <c10/core/GradMode.h>
#include <clipwork/backbone.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ops/norm.h>
#include <clipwork/plugin.h>

#include <array>

using namespace clipwork;

namespace convnext {
namespace {

constexpr int kStages = 4;
constexpr double kNormEps = 1e-6;

struct Parameters {
  enum class Model { tiny, small, base, large } model = Model::tiny;
  std::vector<int64_t> channels, blocks;
  double drop = 0.1;
  void describe(Describer& d) {
    d("model", model,
      {{"tiny", Model::tiny},
       {"small", Model::small},
       {"base", Model::base},
       {"large", Model::large}},
      "which of the paper's models");
    channels = channels_of_model();
    blocks = {3, 3, model == Model::tiny ? 9 : 27, 3};
    drop = model == Model::tiny ? 0.1 : model == Model::small ? 0.4 : 0.5;
    d("channels", channels, "channels of the four stages (default: the model's)")
        .range(1, 8192)
        .length(kStages, kStages);
    d("blocks", blocks, "blocks of the four stages (default: the model's)")
        .range(1, 100)
        .length(kStages, kStages);
    d("drop", drop,
      "probability that training skips the last block (default: the model's); it grows linearly "
      "from 0 at the first")
        .range(0, 0.99);
  }

 private:
  std::vector<int64_t> channels_of_model() const {
    switch (model) {
      case Model::base:
        return {128, 256, 512, 1024};
      case Model::large:
        return {192, 384, 768, 1536};
      default:
        return {96, 192, 384, 768};
    }
  }
};

Tensor channels_last(const Tensor& map) { return map.permute({0, 2, 3, 1}); }
Tensor channels_first(const Tensor& map) { return map.permute({0, 3, 1, 2}); }

std::shared_ptr<Conv> make_conv(torch::nn::Module& parent, const std::string& path, int64_t in,
                                int64_t out, int64_t size) {
  ConvOptions options;
  options.in = in;
  options.out = out;
  options.kernel = options.stride = size;
  options.bias = true;
  return make_child<Conv>(parent, path, options);
}

/// A depthwise convolution and a perceptron per pixel, around which the input is carried. Names:
/// layer_scale, block.0 (convolution), block.2 (norm), block.3 and block.5 (linear).
class Block : public torch::nn::Module {
 public:
  Block(int64_t channels, double drop) : drop_(drop) {
    constexpr int64_t kKernel = 7, kExpansion = 4;
    constexpr double kInitialScale = 1e-6;
    scale_ = make_parameter(*this, "layer_scale", {channels, 1, 1});
    c10::NoGradGuard no_gradient;
    scale_.fill_(kInitialScale);
    ConvOptions depthwise;
    depthwise.in = depthwise.out = depthwise.groups = channels;
    depthwise.kernel = kKernel;
    depthwise.padding = kKernel / 2;
    depthwise.bias = true;
    convolution_ = make_child<Conv>(*this, "block.0", depthwise);
    norm_ = make_child<AddNorm>(*this, "block.2", channels, kNormEps);
    linear1_ = make_child<Linear>(*this, "block.3", channels, kExpansion * channels);
    linear2_ = make_child<Linear>(*this, "block.5", kExpansion * channels, channels);
  }

  /// [N, C, h, w] to the same shape.
  Tensor forward(const Tensor& input, Context& context) {
    Tensor x = norm_->forward(channels_last(convolution_->forward(input)));
    x = channels_first(linear2_->forward(at::gelu(linear1_->forward(x)))) * scale_;
    if (context.training && drop_ > 0) x = x * kept(input, context);
    return input + x;
  }

 private:
  /// [N, 1, 1, 1]: zero for pictures that skip the block, else what keeps the mean.
  Tensor kept(const Tensor& input, Context& context) const {
    Tensor kept = at::empty({input.size(0), 1, 1, 1}, at::kFloat);
    kept.bernoulli_(1 - drop_, context.random("convnext.drop"));
    return kept.div_(1 - drop_).to(input.options());
  }

  double drop_;
  Tensor scale_;
  std::shared_ptr<Conv> convolution_;
  std::shared_ptr<AddNorm> norm_;
  std::shared_ptr<Linear> linear1_, linear2_;
};

/// Names: features.0 (stem: convolution, norm), features.1, 3, 5, 7 (stages of blocks), features.2,
/// 4, 6 (norm and convolution that halve the map).
class Network : public torch::nn::Module {
 public:
  explicit Network(const Parameters& p) {
    stem_ = make_conv(*this, "features.0.0", 3, p.channels[0], 4);
    stem_norm_ = make_child<AddNorm>(*this, "features.0.1", p.channels[0], kNormEps);
    int64_t all = 0, place = 0;
    for (const int64_t blocks : p.blocks) all += blocks;
    for (int stage = 0; stage < kStages; ++stage) {
      const int64_t channels = p.channels[stage];
      if (stage > 0) {
        const std::string halving = cat("features.", 2 * stage);
        const int64_t before = p.channels[stage - 1];
        norms_[stage] = make_child<AddNorm>(*this, halving + ".0", before, kNormEps);
        halvings_[stage] = make_conv(*this, halving + ".1", before, channels, 2);
      }
      for (int64_t i = 0; i < p.blocks[stage]; ++i, ++place) {
        const double share =
            all > 1 ? static_cast<double>(place) / static_cast<double>(all - 1) : 0;
        stages_[stage].push_back(make_child<Block>(*this, cat("features.", 2 * stage + 1, ".", i),
                                                   channels, p.drop * share));
      }
    }
  }

  std::vector<FeatureMap> forward(const Tensor& pictures, Context& context) {
    Tensor x = normed(*stem_norm_, stem_->forward(pictures));
    std::vector<FeatureMap> maps;
    for (int stage = 0; stage < kStages; ++stage) {
      if (stage > 0) x = halvings_[stage]->forward(normed(*norms_[stage], x));
      for (const auto& block : stages_[stage]) x = block->forward(x, context);
      maps.push_back({cat("res", stage + 2), int64_t{4} << stage, x});
    }
    return maps;
  }

 private:
  /// Layer norm over the channels of a map.
  static Tensor normed(AddNorm& norm, const Tensor& map) {
    return channels_first(norm.forward(channels_last(map)));
  }

  std::shared_ptr<Conv> stem_;
  std::shared_ptr<AddNorm> stem_norm_;
  std::array<std::shared_ptr<AddNorm>, kStages> norms_;
  std::array<std::shared_ptr<Conv>, kStages> halvings_;
  std::array<std::vector<std::shared_ptr<Block>>, kStages> stages_;
};

class ConvNeXt : public Backbone {
 public:
  using Parameters = convnext::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    for (int stage = 0; stage < kStages; ++stage) {
      contract.maps.push_back({cat("res", stage + 2), p.channels[stage], int64_t{4} << stage});
    }
    return contract;
  }
  ConvNeXt(const Parameters& p, const Given&) : network_(std::make_shared<Network>(p)) {}

  std::vector<FeatureMap> forward(const Tensor& pictures, Context& context) override {
    return network_->forward(pictures, context);
  }
  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override {
    // A file of torchvision has the backbone alone, without a prefix.
    WeightNames names{"backbone.", {{"^features\\.", "backbone.features."}}, {}};
    names.as_built = {"layer_scale"};
    return names;
  }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }

 private:
  std::shared_ptr<Network> network_;
};

}  // namespace
}  // namespace convnext

CLIPWORK_PLUGIN(convnext, "0.1.0") {
  registry.add<convnext::ConvNeXt>("convnext", "ConvNeXt: maps res2 to res5 at strides 4 to 32");
}
