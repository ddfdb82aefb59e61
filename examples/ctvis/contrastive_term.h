#pragma once
// CTVIS' contrastive loss over the frames of a clip (public code: `CTCLPlugin`).

#include <clipwork/loss_term.h>
#include <clipwork/parameters.h>

#include <vector>

namespace ctvis {

/// An object's embedding in a frame shall resemble what a memory bank holds of the object from the
/// frames before, and none of the other embeddings of the frame before (CTVIS, equations 2 and 3,
/// with an auxiliary loss of cosines as of IDOL). Reads the embeddings [B, Q, C] of the last layer,
/// where every frame is a batch entry. Returns one value over all samples: the mean over items.
class ContrastiveTerm : public clipwork::LossTerm {
 public:
  struct Parameters {
    double weight = 2, cosine = 1.5, mean = 0.5, noise = 0;
    void describe(clipwork::Describer& d);
  };
  static Contract contract(const Parameters&, const clipwork::Given&);
  ContrastiveTerm(const Parameters& p, const clipwork::Given&)
      : LossTerm(p.weight), parameters_(p) {}
  std::vector<clipwork::Tensor> operator()(const clipwork::Layer& layer,
                                           clipwork::Context& context) override;

 private:
  Parameters parameters_;
};

}  // namespace ctvis
