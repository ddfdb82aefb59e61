#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

/// Frame queries and clip queries of one object are to be alike, those of different objects not:
/// the mean binary cross entropy of all dot products within a video, over the videos of all
/// processes (VITA, `loss_fg_sim`, which takes it in each). Reads
/// the matches of frames and clips, and of the last layer's prediction "similarity.clip" [L B, Q,
/// C], "similarity.frame" [L B, T, F, C] and, where frame queries were pruned, which they are:
/// "similarity.indices" [L B, T, F].
class SimilarityTerm : public clipwork::LossTerm {
 public:
  struct Parameters {
    double weight = 0.5;
    bool clips = true;
    void describe(clipwork::Describer& d);
  };
  static clipwork::Contract contract(const Parameters& p, const clipwork::Given& given);
  SimilarityTerm(const Parameters& p, const clipwork::Given&)
      : LossTerm(p.weight), clips_(p.clips) {}
  std::vector<clipwork::Tensor> operator()(const clipwork::Layer& layer,
                                           clipwork::Context& context) override;

 private:
  clipwork::Tensor of_clip(const clipwork::Layer& layer, const clipwork::Matched& clip,
                           clipwork::Communicator& world) const;
  bool clips_;
};
