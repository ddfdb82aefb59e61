#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/backbone.h>
#include <clipwork/detector.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/testing/decoder.h>

#include <functional>

#include "exercises/exercise.h"
#include "exercises/features.h"

namespace clipwork::test::suite {

namespace {

/// One call of a backbone or a pixel decoder for all frames.
class MapsUse : public Use {
 public:
  using Call = std::function<std::vector<FeatureMap>(const Trial&, Size padded)>;
  MapsUse(const Contract& contract, const Trial& trial, Call call)
      : contract_(contract), trial_(trial), call_(std::move(call)) {}

  bool step() override {
    if (done_) return false;
    done_ = true;
    c10::InferenceMode inference;
    const Size padded = padded_size(trial_.scene.size());
    const std::vector<FeatureMap> maps = call_(trial_, padded);
    expect(maps.size() == contract_.maps.size(), "expected ", contract_.maps.size(),
           " maps as in the contract, found ", maps.size());
    for (const MapInfo& info : contract_.maps) check(info, maps, padded);
    return true;
  }

 private:
  void check(const MapInfo& info, const std::vector<FeatureMap>& maps, Size padded) {
    for (const FeatureMap& map : maps) {
      if (map.name != info.name) continue;
      const std::string name = cat("map \"", info.name, "\"");
      expect(map.stride == info.stride, name, ": expected stride ", info.stride, ", found ",
             map.stride);
      if (info.stride > 0 &&
          expect_numbers(name, map.value,
                         {trial_.frames, info.channels, padded.height / info.stride,
                          padded.width / info.stride})) {
        outputs.set(name, map.value);
      }
      return;
    }
    expect(false, "expected the map \"", info.name, "\" of the contract, found none");
  }

  const Contract& contract_;
  Trial trial_;
  Call call_;
  bool done_ = false;
};

class DetectorUse : public PredictionUse {
 public:
  DetectorUse(std::shared_ptr<Detector> detector, const TestedComponent& tested, const Trial& trial)
      : detector_(std::move(detector)), tested_(tested), trial_(trial) {}

  bool step() override {
    c10::InferenceMode inference;
    const Size size = trial_.scene.size(), padded = padded_size(size);
    if (next_ == trial_.frames) return false;
    if (next_ == 0) {
      dense_ = detector_->dense(wave_maps(tested_.needs(), tested_.given(), padded, trial_.frames,
                                          static_cast<double>(trial_.seed), trial_.device));
      expect(!dense_.entries.empty(), "dense: expected named outputs, found none");
    }
    Tensors frame;
    for (const Tensors::Entry& entry : dense_.entries) {
      if (expect(entry.value.dim() > 0 && entry.value.size(0) == trial_.frames, "dense \"",
                 entry.name, "\": expected [", trial_.frames, ", ...], an entry for each frame")) {
        frame.set(entry.name, entry.value.narrow(0, next_, 1));
      }
    }
    const Geometry geometry{size, padded, size};
    const ClipPrediction prediction =
        detector_->select(frame, geometry, [](const Candidates& candidates) {
          return std::get<0>(candidates.classes.max(1)) * candidates.quality;
        });
    check_prediction(cat("frame ", next_), prediction, tested_.contract(), tested_.given().classes,
                     {&geometry, 1}, 0, 0);
    ++next_;
    return true;
  }

 private:
  std::shared_ptr<Detector> detector_;
  const TestedComponent& tested_;
  Trial trial_;
  Tensors dense_;
  int64_t next_ = 0;
};

class ModelExercise : public Exercise {
 public:
  explicit ModelExercise(const TestedComponent& tested) : tested_(tested) {}

  bool on_device() const override { return true; }

  std::string obstacle(const Trial& trial) const override {
    if (trial.scene.objects().empty()) return "there are no objects in its input";
    return unknown_needs(tested_.needs(), {}, "the suite makes feature maps alone");
  }

  std::unique_ptr<Use> begin(const std::shared_ptr<Component>& component,
                             const Trial& trial) const override {
    if (auto detector = std::dynamic_pointer_cast<Detector>(component)) {
      return std::make_unique<DetectorUse>(detector, tested_, trial);
    }
    if (auto backbone = std::dynamic_pointer_cast<Backbone>(component)) {
      return std::make_unique<MapsUse>(
          tested_.contract(), trial, [backbone](const Trial& its, Size padded) {
            TestContext context(its.seed);
            return backbone->forward(waves({its.frames, 3, padded.height, padded.width},
                                           static_cast<double>(its.seed), its.device),
                                     context);
          });
    }
    auto decoder = std::dynamic_pointer_cast<PixelDecoder>(component);
    return std::make_unique<MapsUse>(
        tested_.contract(), trial, [decoder, this](const Trial& its, Size padded) {
          return decoder->forward(wave_maps(tested_.needs(), tested_.given(), padded, its.frames,
                                            static_cast<double>(its.seed), its.device));
        });
  }

 private:
  const TestedComponent& tested_;
};

}  // namespace

std::unique_ptr<Exercise> model_exercise(const TestedComponent& tested) {
  return std::make_unique<ModelExercise>(tested);
}

}  // namespace clipwork::test::suite
