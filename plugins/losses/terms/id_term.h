#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

#include <string>

/// Ids of the points that were matched with objects (IAI): reads "dense.LEVEL.id_logits" [B, N, h,
/// w] of each frame, levels in order, and the frames' matches of points. An object's first frame in
/// the clip has the label of "new", N - 1; later frames have its number. More objects than there
/// are numbers share the last one.
class IdTerm : public clipwork::LossTerm {
 public:
  struct Parameters {
    double weight = 1;
    std::string form = "focal";
    bool newcomers = true;
    void describe(clipwork::Describer& d);
  };
  static clipwork::Contract contract(const Parameters&, const clipwork::Given&);
  IdTerm(const Parameters& p, const clipwork::Given&) : LossTerm(p.weight), parameters_(p) {}
  std::vector<clipwork::Tensor> operator()(const clipwork::Layer& layer,
                                           clipwork::Context& context) override;

 private:
  Parameters parameters_;
};
