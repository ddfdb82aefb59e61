#pragma once
#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/loss.h>
#include <clipwork/pipeline.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/tracker.h>

#include "assembly.h"

namespace clipwork {

/// What streams share; immutable once the pipeline is assembled.
struct Pipeline::Implementation {
  Plan plan;
  std::vector<PipelineComponent> components;
  Backbone* backbone = nullptr;
  PixelDecoder* pixel_decoder = nullptr;
  Decoder* decoder = nullptr;
  Tracker* tracker = nullptr;
  Loss* loss = nullptr;  ///< in training
  int threads = 1;       ///< of the models, whichever thread pushes
  std::string weights_origin;
  bool by_rule = false;
  LoadReport load_report;
  /// The decoder learns from what the tracker settled on.
  bool observes() const;
};

}  // namespace clipwork
