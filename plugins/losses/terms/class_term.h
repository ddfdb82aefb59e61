#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

/// Cross entropy of the class scores of all rows: a matched row's target is its object's class,
/// every other's is "none", with a weight of its own. The weighted mean over rows (Mask2Former,
/// `loss_labels`).
class ClassTerm : public clipwork::LossTerm {
 public:
  struct Parameters {
    double weight = 2, no_object = 0.1;
    void describe(clipwork::Describer& d);
  };
  static clipwork::Contract contract(const Parameters&, const clipwork::Given&) { return {}; }
  ClassTerm(const Parameters& p, const clipwork::Given&)
      : LossTerm(p.weight), no_object_(p.no_object) {}
  std::vector<clipwork::Tensor> operator()(const clipwork::Layer& layer,
                                           clipwork::Context& context) override;

 private:
  double no_object_;
};
