// SPDX-License-Identifier: Apache-2.0
// A decoder: learned queries, each of which is compared with the mask features at every pixel. The
// products are its mask; the features under it are classified.
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros_like.h>
#include <clipwork/decoder.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/ops/linear.h>
#include <clipwork/plugin.h>

using namespace clipwork;

namespace {

class @CLASS@ : public Decoder {
 public:
  struct Parameters {
    int64_t queries = 20;
    int64_t channels = 64;
    void describe(Describer& d) {
      d("queries", queries, "number of learned queries").range(1, 10000);
      d("channels", channels, "width of the queries").range(1, 4096);
    }
  };

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"map:mask_features"};
    contract.gives = {"masks", "embeddings", "scores.softmax"};
    contract.maps = {{"embeddings", p.channels, 0}};
    contract.independent = true;  // windows do not depend on each other
    return contract;
  }

  @CLASS@(const Parameters& p, const Given& given)
      : module_(std::make_shared<torch::nn::Module>()) {
    const ConvOptions project{
        .in = given.find("mask_features")->channels, .out = p.channels, .bias = true};
    project_ = make_child<Conv>(*module_, "project", project);
    classes_ = make_child<Linear>(*module_, "classes", p.channels, given.classes + 1);
    queries_ = make_parameter(*module_, "queries", {p.queries, p.channels});
  }

  // What is kept of each frame until its last window: [N, C, h, w].
  FrameMemo encode(const FrameFeatures& features, Context&) override {
    FrameMemo memo;
    memo.tensors.set("features", project_->forward(features.at("mask_features").value), Keep::bulk);
    return memo;
  }

  ClipPrediction decode(const Window& window, const Tensors&, State&, Context&) override {
    std::vector<TensorHandle> frames;
    for (const FrameMemo& memo : window.memos) frames.push_back(memo.tensors.handle("features"));
    const int64_t batch = frames[0].sizes()[0];
    const Tensor queries = queries_.unsqueeze(0).expand({batch, -1, -1}).contiguous();
    Tensor seen =
        at::zeros_like(queries);  // [B, Q, C]: the mean of the features that it attends to
    for (const TensorHandle& frame : frames) {
      const Tensor features = frame.get().flatten(2);
      const Tensor attention = at::softmax(queries.bmm(features), 2);
      seen = seen.add(attention.bmm(features.transpose(1, 2)), 1.0 / window.length());
    }
    ClipPrediction prediction;
    prediction.class_scores = classes_->forward(seen);
    prediction.embeddings = seen;
    prediction.masks =
        product_masks(queries, frames, {window.geometry.begin(), window.geometry.end()});
    return prediction;
  }

  torch::nn::Module* weights() override { return module_.get(); }
  WeightNames weight_names() const override { return {"@NAME@.", {}, {}}; }
  void prepare(const Inference& inference) override { prepare_ops(*module_, inference); }

 private:
  std::shared_ptr<torch::nn::Module> module_;
  std::shared_ptr<Conv> project_;
  std::shared_ptr<Linear> classes_;
  Tensor queries_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "learned queries compared with the mask features");
}
