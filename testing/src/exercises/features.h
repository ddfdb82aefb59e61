#pragma once
// What the uses of decoders and detectors share: the checks of a prediction, and the size of its
// input.

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

/// The size with zeros added up to multiples of 32.
Size padded_size(Size size);

}  // namespace clipwork::test::suite
