#pragma once
// Components that stand in for the neighbours of the one that a case judges: a backbone of empty
// maps, a detector and a tracker that do what a script says.

#include <clipwork/detector.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/tracker.h>
#include <clipwork/value.h>

#include <functional>

#include "case.h"

namespace clipwork::parity {

struct Script {
  /// The detector's dense outputs of the next frame; none where they do not matter.
  std::function<Tensors()> dense = [] { return Tensors(); };
  /// Its detections. `inner` is the detector named in its parameters, or null.
  std::function<ClipPrediction(Detector* inner, const Tensors& dense, const Geometry& geometry,
                               const Rank& rank)>
      select = {};
  /// Called with the decision of the tracker named in the stand-in's parameters.
  std::function<void(const Tracked& tracked)> tracked = [](const Tracked&) {};
};

/// [model.backbone]: empty maps res3, res4, res5, the last with this stride.
void set_empty_maps(Value& tree, int64_t stride);
/// A detector, or the tracker, that does what the script says; where it wraps another, that one's
/// table is `place`.detector or `place`.tracker.
void set_scripted(Value& tree, const std::string& place);

/// The pipeline of `tree`, whose scripted components follow `script` as long as they are called.
/// One at a time.
std::unique_ptr<Pipeline> scripted_pipeline(const Value& tree, const WeightRule& weights,
                                            const Script& script);

/// A prediction without rows: `ids` id channels.
ClipPrediction no_detections(int64_t classes, int64_t ids, const Geometry& geometry);

}  // namespace clipwork::parity
