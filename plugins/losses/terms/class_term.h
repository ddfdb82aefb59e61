#pragma once
#include <clipwork/loss.h>
#include <clipwork/parameters.h>

#include <memory>

namespace clipwork::terms {

/// Cross entropy of the class scores of all rows: a matched row's target is its object's class,
/// every other's is "none", with a weight of its own. The weighted mean over the rows of all
/// processes (Mask2Former, `loss_labels`, which takes it in each).
class ClassTerm : public LossTerm {
 public:
  struct Parameters {
    double weight = 2, no_object = 0.1;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&);
  ClassTerm(const Parameters& p, const Given& given);
  std::vector<Tensor> operator()(const Layer& layer, Context& context) override;
  /// The buffer `empty_weight`, as the public code's criterion keeps it.
  torch::nn::Module* weights() override { return module_.get(); }

 private:
  double no_object_;
  std::shared_ptr<torch::nn::Module> module_;
};

}  // namespace clipwork::terms
