#pragma once
// The part of the loop that sees one frame alone: preprocessed picture to memo.

#include <c10/core/InferenceMode.h>
#include <clipwork/tap.h>

#include "inference/pipeline_implementation.h"

namespace clipwork {

/// The memo of one preprocessed frame. `stage(name, component, call)` runs each stage and gives
/// what `call` gives.
template <class Stage>
FrameMemo encode_frame(const LoopParts& parts, const Preprocessed& input, Context& context,
                       Stage stage) {
  const Plan& plan = parts.plan;
  Tensor pictures = input.pictures.to(parts.device);
  // On the CPU the readable form computes in the memory layout of the public code and rounds alike:
  // the first stages of a ResNet are equal to the last bit.
  if (plan.run.plain && pictures.is_cpu()) pictures = pictures.contiguous();
  pictures = tap(pictures, "preprocessed");
  FrameFeatures features;
  features.geometry = {input.geometry};
  features.maps =
      stage("backbone", plan.backbone, [&] { return parts.backbone->forward(pictures, context); });
  for (FeatureMap& map : features.maps) map.value = tap(map.value, "backbone.", map.name);
  if (parts.pixel_decoder) {
    std::vector<FeatureMap> maps = stage("pixel_decoder", plan.pixel_decoder, [&] {
      return parts.pixel_decoder->forward(features.maps);
    });
    for (FeatureMap& map : maps) {
      map.value = tap(map.value, "pixel_decoder.", map.name);
      features.maps.push_back(std::move(map));
    }
  }
  FrameMemo memo =
      stage("encode", plan.decoder, [&] { return parts.decoder->encode(features, context); });
  return std::move(split_memo(memo, 1, 1).front());
}

/// Computes the memo of a frame once more, unheard and apart from the stream, which it may outlive.
class FrameAgain {
 public:
  FrameAgain(const LoopParts& parts, Tensor pixels, const Geometry& geometry)
      : parts_(parts), pixels_(std::move(pixels)), geometry_(geometry) {}

  FrameMemo operator()() const {
    c10::InferenceMode inference;
    TapScope unheard(nullptr);
    Generators random(static_cast<uint64_t>(parts_.plan.run.seed));
    Communicator world;
    Context context{false, random, world};
    Preprocessed input = preprocess(pixels_, parts_.plan.preprocess);
    input.geometry = geometry_;
    return encode_frame(parts_, input, context,
                        [](const char*, const PlannedComponent*, auto call) { return call(); });
  }

 private:
  const LoopParts& parts_;
  Tensor pixels_;
  Geometry geometry_;
};

}  // namespace clipwork
