// Dense classification of each map: a head and a loss that pre-train a backbone for later
// detectors.

#include <ATen/TensorOperators.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/decoder.h>
#include <clipwork/loss.h>
#include <clipwork/module.h>
#include <clipwork/ops/conv.h>
#include <clipwork/plugin.h>

namespace clipwork {

namespace {

constexpr const char* kPrefix = "dense.classes.";

struct HeadParameters {
  std::vector<std::string> maps = {"res3", "res4", "res5"};
  void describe(Describer& d) {
    d("maps", maps, "maps of the backbone whose positions are classified");
  }
};

/// A 1x1 convolution a map: logits of the classes and, last, of the background.
class DenseClasses : public Decoder {
 public:
  using Parameters = HeadParameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    for (const std::string& map : p.maps) contract.needs.push_back("map:" + map);
    contract.gives = {"dense.classes"};
    contract.max_window = 1;
    contract.independent = true;
    return contract;
  }

  DenseClasses(const Parameters& p, const Given& given)
      : maps_(p.maps), module_(std::make_shared<torch::nn::Module>()) {
    for (const std::string& map : maps_) {
      ConvOptions options;
      options.in = given.find(map)->channels;
      options.out = given.classes + 1;
      options.bias = true;
      heads_.push_back(make_child<Conv>(*module_, map, options));
    }
  }

  FrameMemo encode(const FrameFeatures& features, Context&) override {
    FrameMemo memo;
    for (size_t i = 0; i < maps_.size(); ++i) {
      memo.tensors.set(kPrefix + maps_[i], heads_[i]->forward(features.at(maps_[i]).value));
    }
    return memo;
  }

  ClipPrediction decode(const Window& window, const Tensors&, State&, Context& context) override {
    if (!context.training) {
      throw InputError("dense_classes does not detect objects", "",
                       "use it only to pre-train a backbone: clipwork train CONFIG");
    }
    ClipPrediction prediction;
    prediction.more = window.memos[0].tensors;
    return prediction;
  }

  torch::nn::Module* weights() override { return module_.get(); }
  WeightNames weight_names() const override { return {"dense_classes.", {}, {}}; }
  void prepare(const Inference& inference) override { prepare_ops(*module_, inference); }

 private:
  std::vector<std::string> maps_;
  std::shared_ptr<torch::nn::Module> module_;
  std::vector<std::shared_ptr<Conv>> heads_;
};

struct LossParameters {
  double background = 0.1;
  void describe(Describer& d) {
    d("background", background, "weight of the background class").range(0, 1);
  }
};

/// float [K + 1, h, w]: which part of each position's picture area belongs to each class, and to
/// none.
Tensor shares(const Targets& targets, int64_t classes, Size size) {
  Tensor masks = targets.masks.select(1, 0);
  Tensor covered =
      at::zeros({classes, masks.size(1), masks.size(2)}, masks.options().dtype(at::kFloat));
  for (int64_t i = 0; i < targets.count(); ++i) {
    covered[targets.labels[i].item<int64_t>()].masked_fill_(masks[i], 1);
  }
  covered = at::adaptive_avg_pool2d(covered, {size.height, size.width});
  return at::cat({covered, (1 - covered.sum(0, true)).clamp_min(0)});
}

/// Cross entropy between what a position is said to be and the shares of what is there, the mean
/// over all positions weighted by class, for each map. Names: loss_dense_MAP.
class DenseClassesLoss : public Loss {
 public:
  using Parameters = LossParameters;

  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"dense.classes"};
    return contract;
  }

  DenseClassesLoss(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  LossResult operator()(const Sequence& sequence, std::span<const Targets> targets,
                        Context&) override {
    LossResult result;
    for (const Sequence::Clip& clip : sequence.clips) {
      for (const Tensors::Entry& entry : clip.prediction->more.entries) {
        if (!entry.name.starts_with(kPrefix)) continue;
        const Tensor& logits = entry.value;
        if (!logits.isfinite().all().item<bool>()) throw NotFinite(entry.name, "");
        result.terms.push_back({"loss_dense_" + entry.name.substr(std::string_view(kPrefix).size()),
                                loss(logits, clip.first, targets), 1.0});
      }
    }
    return result;
  }

 private:
  Tensor loss(const Tensor& logits, int64_t frame, std::span<const Targets> targets) const {
    const int64_t classes = logits.size(1) - 1;
    const Size size{logits.size(2), logits.size(3)};
    std::vector<Tensor> wanted;
    for (const Targets& video : targets) {
      wanted.push_back(shares(frames_of(video, frame, 1), classes, size));
    }
    Tensor weights = at::ones({classes + 1, 1, 1}, logits.options());
    weights[classes].fill_(parameters_.background);
    Tensor weighted = at::stack(wanted) * weights;
    return -(weighted * logits.log_softmax(1)).sum() / weighted.sum();
  }

  Parameters parameters_;
};

}  // namespace

}  // namespace clipwork

CLIPWORK_PLUGIN(dense_classes, "0.1.0") {
  registry.add<clipwork::DenseClasses>(
      "dense_classes", "classifies every position of a backbone's maps, to pre-train it");
  registry.add<clipwork::DenseClassesLoss>("dense_classes",
                                           "cross entropy for the decoder dense_classes");
}
