#pragma once
#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/loss.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/tracker.h>

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

/// What streams share; immutable once the pipeline is assembled.
struct Pipeline::Implementation : LoopParts {
  explicit Implementation(const Plan& planned);
  /// Must come before anything is built: LibTorch keeps its first answer about CUDA for ever.
  void open_device();
  /// Builds the model; what it returns builds the loss, which may share parts with the model.
  ComponentBuilder build();
  void load(const WeightOrigin& weights);
  void move_to_device();
  std::vector<Component*> with_weights() const;

  std::vector<PipelineComponent> components;
  std::shared_ptr<Loss> loss;  ///< in training
  int threads = 1;             ///< of the models, whichever thread pushes
  std::string weights_origin, weights_identity;
  bool by_rule = false;
  LoadReport load_report;
  /// The decoder learns from what the tracker settled on.
  bool observes() const;
};

}  // namespace clipwork
