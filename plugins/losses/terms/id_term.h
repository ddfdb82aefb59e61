#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

namespace clipwork::terms {

/// Ids of the points that were matched with objects (IAI): reads "dense.LEVEL.id_logits" [B, N, h,
/// w] of each frame, levels in order, and the frames' matches of points. An object's first frame in
/// the clip has the label of "new", N - 1; later frames have its number. More objects than there
/// are numbers share the last one.
class IdTerm : public LossTerm {
 public:
  struct Parameters {
    double weight = 1;
    /// Every channel on its own, or parts of 1 with a last channel for none.
    enum class Form { focal, cross_entropy } form = Form::focal;
    bool newcomers = true;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&);
  IdTerm(const Parameters& p, const Given&) : LossTerm(p.weight), parameters_(p) {}
  std::vector<Tensor> operator()(const Layer& layer, Context& context) override;

 private:
  Parameters parameters_;
};

}  // namespace clipwork::terms
