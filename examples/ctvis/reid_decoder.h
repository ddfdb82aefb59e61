#pragma once
// A decoder of frames with a head for embeddings that are compared (public code: `reid_embed` of
// `CLMultiScaleMaskedTransformerDecoder`).

#include <clipwork/decoder.h>
#include <clipwork/module.h>
#include <clipwork/ops/linear.h>
#include <clipwork/ref.h>

#include <memory>

namespace ctvis {

/// Predictions of the decoder `frame`, whose embeddings a perceptron turned into others. Published
/// name: sem_seg_head.predictor.reid_embed.
class ReidDecoder : public clipwork::Decoder {
 public:
  struct Parameters {
    clipwork::Ref<clipwork::Decoder> frame;
    int64_t hidden = 256, layers = 3;
    void describe(clipwork::Describer& d);
  };
  static Contract contract(const Parameters& p, const clipwork::Given&);
  ReidDecoder(const Parameters& p, const clipwork::Given&);

  torch::nn::Module* weights() override { return head_.get(); }
  clipwork::WeightNames weight_names() const override {
    return {"sem_seg_head.predictor.reid_embed.", {}, {}};
  }
  void prepare(const clipwork::Inference& inference) override;

  clipwork::FrameMemo encode(const clipwork::FrameFeatures& features,
                             clipwork::Context& context) override;
  clipwork::Tensors start(int64_t batch) override { return frame_->start(batch); }
  clipwork::ClipPrediction decode(const clipwork::Window& window, const clipwork::Tensors& start,
                                  clipwork::State& state, clipwork::Context& context) override;
  void observe(const clipwork::Observation& observation, clipwork::State& state,
               clipwork::Context& context) override;
  std::unique_ptr<clipwork::State> make_state(int64_t batch) const override;

 private:
  clipwork::Ref<clipwork::Decoder> frame_;
  std::shared_ptr<clipwork::Mlp> head_;
};

}  // namespace ctvis
