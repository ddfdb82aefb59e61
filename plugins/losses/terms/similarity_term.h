#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

namespace clipwork::terms {

/// Frame queries and clip queries of one object are to be alike, those of different objects not:
/// the mean binary cross entropy of all dot products within a video, over the videos of all
/// processes (VITA, `loss_fg_sim`, which takes it in each). Reads
/// the matches of frames and clips, and of the last layer's prediction "similarity.clip" [L B, Q,
/// C], "similarity.frame" [L B, T, F, C] and, where frame queries were pruned, which they are:
/// "similarity.indices" [L B, T, F].
class SimilarityTerm : public LossTerm {
 public:
  struct Parameters {
    double weight = 0.5;
    bool clips = true;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters& p, const Given& given);
  SimilarityTerm(const Parameters& p, const Given&) : LossTerm(p.weight), clips_(p.clips) {}
  std::vector<Tensor> operator()(const Layer& layer, Context& context) override;

 private:
  Tensor of_clip(const Layer& layer, const Matched& clip, Communicator& world) const;
  bool clips_;
};

}  // namespace clipwork::terms
