#pragma once
#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/loss.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/tracker.h>

#include "inference/assembly.h"

namespace clipwork {

/// The components of a pipeline by their part in the loop, and the plan that they were made by.
struct LoopParts {
  Plan plan;
  Backbone* backbone = nullptr;
  PixelDecoder* pixel_decoder = nullptr;
  Decoder* decoder = nullptr;
  Tracker* tracker = nullptr;
  at::Device device = at::kCPU;
};

/// State shared by all streams; immutable once the pipeline is assembled.
struct Pipeline::Implementation : LoopParts {
  std::vector<PipelineComponent> components;
  Loss* loss = nullptr;  ///< in training
  int threads = 1;       ///< of the models, whichever thread pushes
  std::string weights_origin, weights_identity;
  bool by_rule = false;
  LoadReport load_report;
  /// The decoder learns from what the tracker settled on.
  bool observes() const;
};

}  // namespace clipwork
