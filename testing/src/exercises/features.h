#pragma once
// Hand-made feature maps, and the checks of a prediction that decoders and detectors share.

#include <clipwork/features.h>
#include <clipwork/memo.h>

#include "exercises/exercise.h"

namespace clipwork::test::suite {

class PredictionUse : public Use {
 protected:
  /// Checks that the prediction for these frames, batch 1, has all that the contract gives, and
  /// adds it to the outputs.
  void check_prediction(const std::string& where, const ClipPrediction& prediction,
                        const Contract& contract, int64_t classes,
                        std::span<const Geometry> geometry, int head, int tail);
};

/// The maps that the contract needs, of frames of this padded size: each frame its own values.
std::vector<FeatureMap> maps_for(const Contract& contract, const Given& given, Size padded,
                                 int64_t frames, const Trial& trial);

/// The size with zeros added up to multiples of 32.
Size padded_size(Size size);

}  // namespace clipwork::test::suite
