#pragma once
#include <clipwork/module.h>
#include <clipwork/ops/linear.h>
#include <clipwork/parameters.h>
#include <clipwork/tracker.h>

#include <memory>
#include <vector>

namespace clipwork::masktrack {

/// Defaults are MaskTrack R-CNN's.
struct Parameters {
  int64_t width = 1024, layers = 2;
  double score_weight = 1, iou_weight = 2, class_weight = 10;
  int64_t patience = 0;
  void describe(Describer& d);
};

/// The layers that make detections' embeddings comparable by dot product. Names: fcs.0, fcs.1, ...
class TrackHead : public torch::nn::Module {
 public:
  TrackHead(int64_t channels, const Parameters& parameters);
  /// Embeddings [R, C] as [R, width].
  Tensor forward(const Tensor& embeddings);

 private:
  std::vector<std::shared_ptr<Linear>> layers_;
};

/// Logits [R, M + 1] that each of R detections is a new object, which is always 0, or one of M
/// known ones (Yang et al., Video Instance Segmentation, equation 1): features [R, width], [M,
/// width].
Tensor match_logits(const Tensor& features, const Tensor& known);

/// MaskTrack R-CNN (Yang et al., ICCV 2019): every detection is compared with the objects in an
/// external memory by learned features, together with its score, box and class (equation 4), and
/// takes the best; the memory keeps the latest features and box of an object, and its first class.
class MaskTrack : public Tracker {
 public:
  using Parameters = masktrack::Parameters;

  static Contract contract(const Parameters& p, const Given&);
  MaskTrack(const Parameters& p, const Given& given);

  torch::nn::Module* weights() override { return head_.get(); }
  WeightNames weight_names() const override { return {"track_head.", {}, {}}; }
  void prepare(const Inference& inference) override { prepare_ops(*head_, inference); }
  std::unique_ptr<State> make_state(int64_t batch) const override;
  Tracked track(ClipPrediction prediction, const Window& window, State& state,
                Context& context) override;

  TrackHead& head() { return *head_; }

 private:
  Parameters parameters_;
  std::shared_ptr<TrackHead> head_;
};

}  // namespace clipwork::masktrack
