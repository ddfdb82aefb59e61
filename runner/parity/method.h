#pragma once
// How the methods of `model` cases are assembled, and where their stages come from: one file a
// method, in methods/.

#include <clipwork/value.h>

#include "case.h"
#include "kinds.h"
#include "recorder.h"

namespace clipwork::parity {

struct Method {
  /// Fills [model], [window] and [tracks].
  void (*configure)(Value& tree, const Json& config, const Options& options);
  /// The stage of a tap. Those of preprocessing, backbone and pixel decoder are the same for all.
  Stage (*stage)(const std::string& tap, const TapPlace& place);
  /// A case is one picture, and its stages have no dimension of frames.
  bool one_picture = false;
};

/// The method that `config.method` names. Throws InputError with the known ones.
const Method& method_of(const Json& config);

extern const Method kIai, kMask2FormerImage, kMinVis;

}  // namespace clipwork::parity
