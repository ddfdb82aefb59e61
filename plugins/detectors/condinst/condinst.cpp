// CondInst: a one-stage detector whose box tower gives every detection the weights of its own small
// mask head. Parameter names are mmdetection's (neck.*, bbox_head.*).
//
// Dense outputs, by level p3, p4, ...: "p3.class_logits" [N, K, h, w], "p3.NAME_logits" of asked
// branches, "p3.boxes" [N, 4, h, w] (distances in pixels), "p3.centerness" [N, 1, h, w] (logits),
// "p3.kernels" [N, numbers, h, w], "p3.features" [N, C, h, w]; and "mask_features" [N, c, h, w] at
// stride 8.

#include <ATen/ops/cat.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>
#include <clipwork/detector.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/to_device.h>
#include <clipwork/upsample.h>

#include "dynamic_masks.h"
#include "loss.h"
#include "network.h"
#include "selection.h"

namespace clipwork::condinst {

namespace {

constexpr const char* kMaps[] = {"res3", "res4", "res5"};
/// Dynamic masks are made at the finest level's size and grow by this before their sigmoid.
constexpr int64_t kLogitGrowth = 2;

class CondInst : public Detector {
 public:
  using Parameters = condinst::Parameters;

  static DetectorContract contract(const Parameters& p, const Given&) {
    for (int64_t level = 0; level < p.levels(); ++level) {
      if (p.strides[level] != int64_t{8} << level) {
        throw InputError(
            cat("strides has ", p.strides[level], " for level ", Parameters::level_name(level),
                ", whose stride is ", int64_t{8} << level),
            "", "leave strides out, or give the first levels of 8, 16, 32, ...");
      }
    }
    if (p.head_channels % p.norm_groups != 0) {
      throw InputError(cat("head_channels ", p.head_channels,
                           " must be a multiple of norm_groups (", p.norm_groups, ")"));
    }
    DetectorContract contract;
    contract.detector = p;
    for (const char* map : kMaps) contract.needs.push_back(cat("map:", map));
    contract.gives = {"masks", "boxes", "embeddings", "branches", DetectorContract::kOutputs};
    contract.maps = {{"embeddings", p.head_channels, 0}};
    return contract;
  }

  CondInst(const Parameters& p, const Given& given) : parameters_(p), given_(given) { request({}); }

  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return {"", {}, Network::published_names()}; }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }

  void request(const DetectorRequest& request) override {
    std::vector<int64_t> channels;
    for (const char* name : kMaps) {
      channels.push_back(given_.find(name)->channels);
      for (const MapInfo& map : request.maps) {
        if (map.name == name) channels.back() = map.channels;
      }
    }
    network_ = std::make_shared<Network>(parameters_, given_.classes, channels, request.branches);
  }

  Tensors dense(const std::vector<FeatureMap>& maps) override {
    FrameFeatures features{maps, {}};
    std::vector<Tensor> inputs;
    for (const char* name : kMaps) inputs.push_back(features.at(name).value);
    std::vector<Tensor> pyramid = network_->pyramid(inputs);
    Tensors outputs;
    for (int64_t level = 0; level < parameters_.levels(); ++level) {
      for (auto& entry : network_->head(pyramid[level], level).entries) {
        outputs.set(cat(Parameters::level_name(level), ".", entry.name), entry.value);
      }
    }
    outputs.set("mask_features", network_->mask_features(pyramid));
    return outputs;
  }

  ClipPrediction select(const Tensors& dense, const Geometry& geometry, const Rank& rank) override {
    PointSet all = candidates(parameters_, dense, geometry);
    Tensor scores = rank(all.scores);
    std::vector<int64_t> rows = choose(parameters_, all, scores);
    Tensor order = to_device(at::tensor(rows, at::TensorOptions(at::kLong)), scores.device());
    PointSet chosen = all.index_select(order);
    tap_made(
        [&] {
          Tensor score = scores.index_select(0, order).unsqueeze(1);
          return at::cat({chosen.boxes, score}, 1);
        },
        "detections.boxes");
    chosen.points = tap(chosen.points, "detections.points");
    chosen.strides = tap(chosen.strides, "detections.strides");
    chosen.kernels = tap(chosen.kernels, "detections.kernels");

    ClipPrediction prediction;
    prediction.form = ScoreForm::probability;
    Tensor classes = chosen.scores.classes.mul(chosen.scores.quality.unsqueeze(1));
    Tensor none = classes.new_zeros({classes.size(0), 1});
    prediction.class_scores =
        tap(at::cat({classes, none}, 1), "detections.class_scores").unsqueeze(0);
    prediction.more.set("boxes", chosen.boxes.unsqueeze(0));
    if (chosen.features.defined()) prediction.embeddings = chosen.features.unsqueeze(0);
    for (const auto& entry : chosen.scores.branches.entries) {
      prediction.more.set(entry.name + "_logits", entry.value.unsqueeze(0));
    }
    prediction.masks = masks(dense.at("mask_features")[0], chosen, geometry);
    return prediction;
  }

 private:
  std::shared_ptr<const Masks> masks(const Tensor& features, const PointSet& chosen,
                                     const Geometry& geometry) const {
    Tensor logits = dynamic_mask_logits(parameters_, features, parameters_.strides[0],
                                        chosen.points, chosen.strides, chosen.kernels);
    Tensor probabilities = tap(at::sigmoid(aligned_upsample(logits.unsqueeze(0), kLogitGrowth)[0]),
                               "mask.probabilities");
    return dense_masks(probabilities.unsqueeze(0).unsqueeze(2), {geometry},
                       {MaskForm::Values::probabilities, MaskForm::Growth::aligned});
  }

  Parameters parameters_;
  Given given_;
  std::shared_ptr<Network> network_;
};

}  // namespace

}  // namespace clipwork::condinst

CLIPWORK_PLUGIN(condinst, "0.1.0") {
  registry.add<clipwork::condinst::CondInst>(
      "condinst", "one-stage detector with a dynamic mask head for every detection (CondInst)");
  registry.add<clipwork::condinst::CondInstLoss>(
      "condinst", "CondInst's losses for dense outputs, and further terms for its points (IAI)");
}
