#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

#include <memory>

/// Cross entropy of the class scores of all rows: a matched row's target is its object's class,
/// every other's is "none", with a weight of its own. The weighted mean over the rows of all
/// processes (Mask2Former, `loss_labels`, which takes it in each).
class ClassTerm : public clipwork::LossTerm {
 public:
  struct Parameters {
    double weight = 2, no_object = 0.1;
    void describe(clipwork::Describer& d);
  };
  static clipwork::Contract contract(const Parameters&, const clipwork::Given&);
  ClassTerm(const Parameters& p, const clipwork::Given& given);
  std::vector<clipwork::Tensor> operator()(const clipwork::Layer& layer,
                                           clipwork::Context& context) override;
  /// The buffer `empty_weight`, as the public code's criterion keeps it.
  torch::nn::Module* weights() override { return module_.get(); }

 private:
  double no_object_;
  std::shared_ptr<torch::nn::Module> module_;
};
