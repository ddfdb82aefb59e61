#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <clipwork/loss.h>

#include <algorithm>

namespace clipwork {

LossTerm::~LossTerm() = default;
bool LossTerm::wants_points() const { return false; }
LossContract::~LossContract() = default;
Loss::~Loss() = default;

Tensor LossResult::total() const {
  Tensor sum;
  for (const LossValue& term : terms) {
    Tensor weighted = term.value * term.weight;
    sum = sum.defined() ? sum + weighted : weighted;
  }
  return sum.defined() ? sum : at::zeros({});
}

NotFinite::NotFinite(std::string tensor, std::string where)
    : Error(cat(tensor, " is not finite"), std::move(where),
            "lower the learning rate or clip gradients, and check the videos named here") {}
NotFinite::NotFinite(const NotFinite&) = default;
NotFinite::~NotFinite() = default;

double object_normaliser(int64_t objects, Communicator& world) {
  return std::max(world.sum(static_cast<double>(objects)) / world.size(), 1.0);
}

}  // namespace clipwork
