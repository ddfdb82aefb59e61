// SPDX-License-Identifier: Apache-2.0
// A pixel decoder: a feature pyramid (Lin et al., Feature Pyramid Networks for Object Detection).
#include <ATen/TensorOperators.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/plugin.h>

#include <array>

using namespace clipwork;

namespace {

// From the coarsest to the finest.
constexpr std::array kMaps = {"res5", "res4", "res3", "res2"};

class @CLASS@ : public PixelDecoder {
 public:
  struct Parameters {
    int64_t channels = 64;
    int64_t mask_channels = 64;
    void describe(Describer& d) {
      d("channels", channels, "channels of the multi-scale maps").range(1, 4096);
      d("mask_channels", mask_channels, "channels of the mask features").range(1, 4096);
    }
  };

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    for (const char* map : kMaps) contract.needs.push_back(cat("map:", map));
    contract.maps = {{"multi_scale.0", p.channels, 32},
                     {"multi_scale.1", p.channels, 16},
                     {"multi_scale.2", p.channels, 8},
                     {"mask_features", p.mask_channels, 4}};
    return contract;
  }

  @CLASS@(const Parameters& p, const Given& given)
      : maps_(contract(p, given).maps), module_(std::make_shared<torch::nn::Module>()) {
    for (const char* map : kMaps) {
      const ConvOptions lateral{.in = given.find(map)->channels, .out = p.channels, .bias = true};
      lateral_.push_back(make_child<Conv>(*module_, cat("lateral.", map), lateral));
    }
    const ConvOptions masks{
        .in = p.channels, .out = p.mask_channels, .kernel = 3, .padding = 1, .bias = true};
    masks_ = make_child<Conv>(*module_, "mask_features", masks);
  }

  std::vector<FeatureMap> forward(const std::vector<FeatureMap>& maps) override {
    FrameFeatures given;
    given.maps = maps;
    std::vector<FeatureMap> made;
    Tensor x;
    for (size_t level = 0; level < kMaps.size(); ++level) {
      const Tensor lateral = lateral_[level]->forward(given.at(kMaps[level]).value);
      x = level == 0 ? lateral
                     : lateral + at::upsample_nearest2d(x, {lateral.size(2), lateral.size(3)});
      const bool finest = level + 1 == kMaps.size();
      made.push_back({maps_[level].name, maps_[level].stride, finest ? masks_->forward(x) : x});
    }
    return made;
  }

  torch::nn::Module* weights() override { return module_.get(); }
  WeightNames weight_names() const override { return {"@NAME@.", {}, {}}; }
  void prepare(const Inference& inference) override { prepare_ops(*module_, inference); }

 private:
  std::vector<MapInfo> maps_;
  std::shared_ptr<torch::nn::Module> module_;
  std::vector<std::shared_ptr<Conv>> lateral_;
  std::shared_ptr<Conv> masks_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@",
                                "a feature pyramid with mask features at stride 4");
}
