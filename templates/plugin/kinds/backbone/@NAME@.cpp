// SPDX-License-Identifier: Apache-2.0
// A backbone: four stages of 3x3 convolutions with residuals, each at half the size of the one
// before.
#include <clipwork/backbone.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/plugin.h>

using namespace clipwork;

namespace {

constexpr int64_t kStages = 4;

class @CLASS@ : public Backbone {
 public:
  struct Parameters {
    int64_t channels = 16;
    int64_t blocks = 1;
    void describe(Describer& d) {
      d("channels", channels, "channels of res2, doubled in every stage").range(1, 1024);
      d("blocks", blocks, "convolutions of each stage").range(0, 100);
    }
  };

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    for (int64_t stage = 0; stage < kStages; ++stage) {
      contract.maps.push_back({cat("res", stage + 2), p.channels << stage, int64_t{4} << stage});
    }
    return contract;
  }

  @CLASS@(const Parameters& p, const Given& given)
      : maps_(contract(p, given).maps), module_(std::make_shared<torch::nn::Module>()) {
    int64_t in = 3;
    for (int64_t stage = 0; stage < kStages; ++stage) {
      const int64_t out = maps_[stage].channels, step = stage == 0 ? 4 : 2;
      ConvOptions down{.in = in, .out = out, .kernel = step, .stride = step, .bias = true};
      down_.push_back(make_child<Conv>(*module_, maps_[stage].name + ".down", down));
      ConvOptions same{.in = out,
                       .out = out,
                       .kernel = 3,
                       .padding = 1,
                       .bias = true,
                       .activation = Activation::relu};
      for (int64_t block = 0; block < p.blocks; ++block) {
        blocks_[stage].push_back(
            make_child<Conv>(*module_, cat(maps_[stage].name, ".block", block), same));
      }
      in = out;
    }
  }

  std::vector<FeatureMap> forward(const Tensor& pictures, Context&) override {
    std::vector<FeatureMap> maps;
    Tensor x = pictures;
    for (int64_t stage = 0; stage < kStages; ++stage) {
      x = down_[stage]->forward(x);
      for (const auto& block : blocks_[stage]) x = block->forward(x, x);
      maps.push_back({maps_[stage].name, maps_[stage].stride, x});
    }
    return maps;
  }

  torch::nn::Module* weights() override { return module_.get(); }
  WeightNames weight_names() const override { return {"@NAME@.", {}, {}}; }
  void prepare(const Inference& inference) override { prepare_ops(*module_, inference); }

 private:
  std::vector<MapInfo> maps_;
  std::shared_ptr<torch::nn::Module> module_;
  std::vector<std::shared_ptr<Conv>> down_;
  std::array<std::vector<std::shared_ptr<Conv>>, kStages> blocks_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "convolutions with residuals: maps res2 to res5");
}
