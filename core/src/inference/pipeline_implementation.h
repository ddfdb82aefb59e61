#pragma once
#include <clipwork/host/pipeline.h>
#include <clipwork/loss.h>

#include "inference/loop.h"

namespace clipwork {

/// State shared by all streams; immutable once the pipeline is assembled.
struct Pipeline::Implementation : LoopParts {
  explicit Implementation(const Plan& planned);
  /// Must come before anything is built: LibTorch keeps its first answer about CUDA for ever.
  void open_device();
  /// Builds the model; what it returns builds the loss, which may share parts with the model.
  ComponentBuilder build();
  /// Builds the loss. Its parts that have parameters join `components`, so that they are
  /// initialised, loaded, trained and saved with the model's.
  void build_loss(ComponentBuilder& builder);
  enum class Purpose { inference, training };
  /// Training may begin with the classes of another data set; inference would mislabel them.
  void load(const WeightOrigin& weights, Purpose purpose);
  void move_to_device();
  std::vector<Component*> with_weights() const;

  std::vector<PipelineComponent> components;
  std::shared_ptr<Loss> loss;  ///< in training
  std::string weights_origin, weights_identity;
  bool by_rule = false;
  LoadReport load_report;
};

}  // namespace clipwork
