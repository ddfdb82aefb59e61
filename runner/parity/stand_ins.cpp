#include "stand_ins.h"

#include <ATen/ops/zeros.h>
#include <clipwork/backbone.h>
#include <clipwork/host/config.h>
#include <clipwork/host/registry.h>
#include <clipwork/ref.h>

namespace clipwork::parity {

namespace {

/// The current script of the scripted components in this process.
const Script* script = nullptr;

class EmptyMaps : public Backbone {
 public:
  struct Parameters {
    int64_t stride = 32;
    void describe(Describer& d) { d("stride", stride, "stride of the last map").range(4, 1024); }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    for (int64_t i = 0; i < 3; ++i) {
      contract.maps.push_back({cat("res", i + 3), kChannels, p.stride >> (2 - i)});
    }
    return contract;
  }
  EmptyMaps(const Parameters& p, const Given& given) : maps_(contract(p, given).maps) {}
  std::vector<FeatureMap> forward(const Tensor& pictures, Context&) override {
    std::vector<FeatureMap> maps;
    for (const MapInfo& map : maps_) {
      maps.push_back({map.name, map.stride,
                      at::zeros({pictures.size(0), map.channels, pictures.size(2) / map.stride,
                                 pictures.size(3) / map.stride})});
    }
    return maps;
  }

 private:
  static constexpr int64_t kChannels = 4;
  std::vector<MapInfo> maps_;
};

class ScriptedDetector : public Detector {
 public:
  struct Parameters {
    Ref<Detector> detector;
    void describe(Describer& d) {
      d("detector", detector, "the detector that the script may call");
    }
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"map:res5"};
    contract.gives = {"masks", "branches"};
    return contract;
  }
  ScriptedDetector(const Parameters& p, const Given&)
      : inner_(p.detector.component ? &*p.detector : nullptr), held_(p.detector.component) {}
  void request(const DetectorRequest& request) override {
    // The maps in a request refer to the stand-in's maps.
    if (inner_) inner_->request({{}, request.branches});
  }
  Tensors dense(const std::vector<FeatureMap>&) override { return script->dense(); }
  ClipPrediction select(const Tensors& dense, const Geometry& geometry, const Rank& rank) override {
    return script->select(inner_, dense, geometry, rank);
  }

 private:
  Detector* inner_;
  std::shared_ptr<Component> held_;
};

class OverheardTracker : public Tracker {
 public:
  struct Parameters {
    Ref<Tracker> tracker;
    void describe(Describer& d) { d("tracker", tracker, "the tracker").required(); }
  };
  static Contract contract(const Parameters& p, const Given&) { return p.tracker.contract(); }
  OverheardTracker(const Parameters& p, const Given&) : tracker_(p.tracker) {}
  std::unique_ptr<State> make_state(int64_t batch) const override {
    return tracker_->make_state(batch);
  }
  Tracked track(ClipPrediction prediction, const Window& window, State& state,
                Context& context) override {
    Tracked tracked = tracker_->track(std::move(prediction), window, state, context);
    script->tracked(tracked);
    return tracked;
  }

 private:
  Ref<Tracker> tracker_;
};

}  // namespace

void set_empty_maps(Value& tree, int64_t stride) {
  tree.set("model.backbone.type", "stand_ins/empty_maps");
  tree.set("model.backbone.stride", stride);
}

void set_scripted(Value& tree, const std::string& place) {
  tree.set(place + ".type", "stand_ins/scripted");
  // What is recorded lacks what its case does not need.
  tree.set("run.checks", "never");
}

std::unique_ptr<Pipeline> scripted_pipeline(const Value& tree, const WeightRule& weights,
                                            const Script& use) {
  static const bool registered = [] {
    Registry::instance().add_builtin("stand_ins", [](Registrar& registry) {
      registry.add<EmptyMaps>("empty_maps", "returns maps of zeros");
      registry.add<ScriptedDetector>("scripted", "follows the script of a golden case");
      registry.add<OverheardTracker>("scripted", "wraps another tracker and records its calls");
    });
    return true;
  }();
  (void)registered;
  script = &use;
  return std::make_unique<Pipeline>(Config(tree, {}), weights);
}

ClipPrediction no_detections(int64_t classes, int64_t ids, const Geometry& geometry) {
  ClipPrediction prediction;
  prediction.form = ScoreForm::probability;
  prediction.class_scores = at::zeros({1, 0, classes + 1});
  prediction.more.set("id_logits", at::zeros({1, 0, ids}));
  prediction.masks = dense_masks(at::zeros({1, 0, 1, 1, 1}), {geometry});
  return prediction;
}

}  // namespace clipwork::parity
