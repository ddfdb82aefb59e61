#pragma once
#include <clipwork/host/pipeline.h>
#include <clipwork/loss.h>

#include "inference/loop.h"

namespace clipwork {

/// State shared by all streams; immutable once the pipeline is assembled.
struct Pipeline::Implementation : LoopParts {
  std::vector<PipelineComponent> components;
  Loss* loss = nullptr;  ///< in training
  std::string weights_origin, weights_identity;
  bool by_rule = false;
  LoadReport load_report;
};

}  // namespace clipwork
