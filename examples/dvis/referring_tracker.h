#pragma once
// DVIS' referring tracker (public code: `ReferringTracker` of dvis/video_dvis_modules.py).

#include <clipwork/models/mask2former_layers.h>
#include <clipwork/module.h>
#include <clipwork/parameters.h>
#include <clipwork/tracker.h>

#include <memory>
#include <vector>

namespace dvis {

struct ReferringParameters {
  int64_t heads = 8, layers = 6, feedforward = 2048;
  /// The order of the frame's embeddings that the first layer adds its attention to.
  enum class Order { published, matched } order = Order::published;
  void describe(clipwork::Describer& d);
};

/// Layers that denoise the embeddings of a frame by those of the frame before, and heads of their
/// own. Names: tracker.* of the public code.
class ReferringNetwork : public torch::nn::Module {
 public:
  ReferringNetwork(const ReferringParameters& parameters, const clipwork::Given& given);

  /// The outputs [B, Q, C] of every layer. `identity`: what the first layer adds its attention to;
  /// `references`: the queries of all layers, or undefined where each layer asks with the output of
  /// the one before; `embeddings`: of the frame, to which they attend. All are [B, Q, C].
  std::vector<clipwork::Tensor> forward(const clipwork::Tensor& identity,
                                        const clipwork::Tensor& references,
                                        const clipwork::Tensor& embeddings) const;
  clipwork::QueryLayers layers;
  clipwork::PredictionHeads heads;
};

/// Every query of a frame refers to the query of the same row in the frame before, so that rows are
/// tracks. The embeddings of the segmenter have no gradient.
class ReferringTracker : public clipwork::Tracker {
 public:
  using Parameters = ReferringParameters;
  static Contract contract(const Parameters&, const clipwork::Given&);
  ReferringTracker(const Parameters& p, const clipwork::Given& given);

  torch::nn::Module* weights() override { return network_.get(); }
  clipwork::WeightNames weight_names() const override { return {"tracker.", {}, {}}; }
  void prepare(const clipwork::Inference& inference) override;
  std::unique_ptr<clipwork::State> make_state(int64_t batch) const override;
  clipwork::Tracked track(clipwork::ClipPrediction prediction, const clipwork::Window& window,
                          clipwork::State& state, clipwork::Context& context) override;

  /// Embeddings [N, Q, C] of frames that know nothing of each other, after all layers and the norm
  /// (`frame_forward` of the public code).
  clipwork::Tensor alone(const clipwork::Tensor& embeddings) const;

 private:
  Parameters parameters_;
  std::shared_ptr<ReferringNetwork> network_;
};

}  // namespace dvis
