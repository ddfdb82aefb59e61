#pragma once
// DVIS' temporal refiner (public code: `TemporalRefiner` of dvis/video_dvis_modules.py).

#include <clipwork/models/mask2former_layers.h>
#include <clipwork/module.h>
#include <clipwork/ops/attention.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ops/norm.h>
#include <clipwork/parameters.h>
#include <clipwork/ref.h>
#include <clipwork/tracker.h>

#include <memory>
#include <vector>

namespace dvis {

struct RefinerParameters {
  clipwork::Ref<clipwork::Tracker> tracker;
  int64_t heads = 8, layers = 6, feedforward = 2048;
  bool online_scores = true;
  void describe(clipwork::Describer& d);
};

/// A layer: attention and convolution along time, attention among the objects of a frame and to the
/// frame's own embeddings, feed-forward.
struct RefinerLayer {
  std::shared_ptr<clipwork::Attention> time, objects, cross;
  std::shared_ptr<clipwork::AddNorm> time_norm, conv_norm, objects_norm, cross_norm,
      feedforward_norm;
  std::shared_ptr<clipwork::Linear> linear1, linear2;
  clipwork::Tensor conv1, bias1, conv2, bias2;

  /// `x` [T, B, Q, C]: the tracks; `frames` [T, B, Q, C]: what they attend to.
  clipwork::Tensor forward(const clipwork::Tensor& x, const clipwork::Tensor& frames) const;
};

/// Names: refiner.* of the public code.
class RefinerNetwork : public torch::nn::Module {
 public:
  RefinerNetwork(const RefinerParameters& parameters, const clipwork::Given& given);
  /// The outputs [T, B, Q, C] of every layer.
  std::vector<clipwork::Tensor> forward(clipwork::Tensor tracks,
                                        const clipwork::Tensor& frames) const;
  /// Class logits [B, Q, K + 1] of the whole video, from embeddings [T, B, Q, C]: their mean by
  /// learnt weights.
  clipwork::Tensor classes(const clipwork::Tensor& embeddings) const;
  clipwork::PredictionHeads heads;

 private:
  std::vector<RefinerLayer> layers_;
  std::shared_ptr<clipwork::Linear> activation_;
};

/// Looks at the tracks of a referring tracker over the whole video, at its end, and predicts masks
/// and classes anew. Neither the segmenter nor the tracker has a gradient.
class TemporalRefiner : public clipwork::Tracker {
 public:
  using Parameters = RefinerParameters;
  static Contract contract(const Parameters& p, const clipwork::Given&);
  TemporalRefiner(const Parameters& p, const clipwork::Given& given);

  torch::nn::Module* weights() override { return network_.get(); }
  clipwork::WeightNames weight_names() const override { return {"refiner.", {}, {}}; }
  void prepare(const clipwork::Inference& inference) override;
  std::unique_ptr<clipwork::State> make_state(int64_t batch) const override;
  clipwork::Tracked track(clipwork::ClipPrediction prediction, const clipwork::Window& window,
                          clipwork::State& state, clipwork::Context& context) override;
  std::vector<clipwork::Tracked> finish(clipwork::State& state,
                                        clipwork::Context& context) override;

 private:
  Parameters parameters_;
  std::shared_ptr<RefinerNetwork> network_;
};

}  // namespace dvis
