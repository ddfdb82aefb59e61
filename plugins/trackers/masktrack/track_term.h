#pragma once
#include <clipwork/loss_term.h>
#include <clipwork/parameters.h>
#include <clipwork/ref.h>
#include <clipwork/tracker.h>

#include <vector>

#include "masktrack.h"

namespace clipwork::masktrack {

/// Cross entropy of the tracker's match logits (Yang et al. 2019, section 4): every matched
/// detection of a frame is to find its object among those of the frame before in the sample, or to
/// be new. Reads `embeddings` [B, R, C] of each frame's detections, "truth.embeddings" [B, N, C] of
/// its objects and "truth.known" bool [B, N]. One value a frame but the first, a mean over
/// detections of all samples.
class TrackTerm : public LossTerm {
 public:
  struct Parameters {
    double weight = 1;
    /// That of the model, by default.
    Ref<Tracker> tracker;
    Parameters() { tracker.config = "@model.tracker"; }
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&);
  TrackTerm(const Parameters& p, const Given&) : LossTerm(p.weight), tracker_(p.tracker) {}
  std::vector<Tensor> operator()(const Layer& layer, Context& context) override;

 private:
  Ref<Tracker> tracker_;
};

}  // namespace clipwork::masktrack
