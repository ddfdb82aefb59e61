#pragma once
// The assembly of the methods of `model` cases, and the sources of their stages: one file a
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
  /// Adds stages that are made of others; null where there are none. `needs` names those others.
  void (*complete)(NamedTensors& stages, const Json& config) = nullptr;
  bool (*needs)(const std::string& stage) = nullptr;
};

/// The method that `config.method` names. Throws InputError with the known ones.
const Method& method_of(const Json& config);

extern const Method kGenVis, kIai, kMaskRcnn, kMask2FormerImage, kMask2FormerVideo, kMinVis, kNovis,
    kVita;

}  // namespace clipwork::parity
