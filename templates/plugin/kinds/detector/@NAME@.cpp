// SPDX-License-Identifier: Apache-2.0
// A detector: classifies every point of a map, and shows an object wherever the features are like
// those at its point.
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/zeros.h>
#include <clipwork/detector.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/plugin.h>

#include <algorithm>

using namespace clipwork;

namespace {

constexpr const char* kMap = "res3";

class @CLASS@ : public Detector {
 public:
  struct Parameters {
    int64_t channels = 32;
    int64_t detections = 10;
    void describe(Describer& d) {
      d("channels", channels, "width of the features that masks compare").range(1, 4096);
      d("detections", detections, "largest number of detections in a frame").range(1, 10000);
    }
  };

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {cat("map:", kMap)};
    contract.gives = {"masks", "boxes", "embeddings"};
    contract.maps = {{"embeddings", p.channels, 0}};
    return contract;
  }

  @CLASS@(const Parameters& p, const Given& given)
      : detections_(p.detections),
        stride_(given.find(kMap)->stride),
        module_(std::make_shared<torch::nn::Module>()) {
    ConvOptions options{.in = given.find(kMap)->channels,
                        .out = p.channels,
                        .kernel = 3,
                        .padding = 1,
                        .bias = true};
    features_ = make_child<Conv>(*module_, "features", options);
    options.out = given.classes;
    classes_ = make_child<Conv>(*module_, "classes", options);
  }

  // "classes": logits [N, K, h, w]; "features" [N, C, h, w].
  Tensors dense(const std::vector<FeatureMap>& maps) override {
    FrameFeatures given;
    given.maps = maps;
    const Tensor& map = given.at(kMap).value;
    Tensors made;
    made.set("classes", classes_->forward(map));
    made.set("features", features_->forward(map));
    return made;
  }

  ClipPrediction select(const Tensors& dense, const Geometry& geometry, const Rank& rank) override {
    const Tensor features = dense.at("features");
    Candidates points;
    points.classes = at::sigmoid(dense.at("classes")[0]).flatten(1).t();  // [M, K]
    points.quality = at::ones({points.classes.size(0)}, points.classes.options());
    const Tensor scores = rank(points);
    const auto left = scores.isfinite().sum().item<int64_t>();
    const Tensor best = std::get<1>(at::topk(scores, std::min(detections_, left)));
    const Tensor probabilities = points.classes.index_select(0, best);
    ClipPrediction prediction;
    prediction.form = ScoreForm::probability;
    prediction.class_scores =
        at::cat({probabilities, at::zeros({best.size(0), 1}, probabilities.options())}, 1)
            .unsqueeze(0);
    prediction.embeddings = features[0].flatten(1).t().index_select(0, best).unsqueeze(0);
    prediction.masks = product_masks(prediction.embeddings, {features}, {geometry});
    prediction.more.set("boxes", boxes(best, features.size(3), geometry).unsqueeze(0));
    return prediction;
  }

  torch::nn::Module* weights() override { return module_.get(); }
  WeightNames weight_names() const override { return {"@NAME@.", {}, {}}; }
  void prepare(const Inference& inference) override { prepare_ops(*module_, inference); }

 private:
  // Float [R, 4] in output pixels: a square of four strides round each point.
  Tensor boxes(const Tensor& points, int64_t columns, const Geometry& geometry) const {
    const auto stride = static_cast<double>(stride_);
    const Tensor x = points.remainder(columns).to(at::kFloat).add(0.5).mul(stride),
                 y = points.div(columns, "floor").to(at::kFloat).add(0.5).mul(stride);
    const auto scale = [](int64_t output, int64_t resized) {
      return static_cast<double>(output) / static_cast<double>(resized);
    };
    const double across = scale(geometry.output.width, geometry.resized.width),
                 down = scale(geometry.output.height, geometry.resized.height);
    const double reach = 2 * stride;
    return at::stack({x.sub(reach).mul(across), y.sub(reach).mul(down), x.add(reach).mul(across),
                      y.add(reach).mul(down)},
                     1);
  }

  int64_t detections_, stride_;
  std::shared_ptr<torch::nn::Module> module_;
  std::shared_ptr<Conv> features_, classes_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "points with the masks of what looks alike");
}
