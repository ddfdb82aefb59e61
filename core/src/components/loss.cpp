#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/loss.h>
#include <clipwork/to_device.h>

#include <algorithm>

namespace clipwork {

LossTerm::~LossTerm() = default;
bool LossTerm::wants_points() const { return false; }
LossContract::~LossContract() = default;
Loss::~Loss() = default;

namespace {

Tensor stacked(const std::vector<LossValue>& terms) {
  std::vector<Tensor> values;
  for (const LossValue& term : terms) values.push_back(term.value);
  return at::stack(values);
}

}  // namespace

Tensor LossResult::total() const {
  if (terms.empty()) return at::zeros({});
  std::vector<double> weights;
  for (const LossValue& term : terms) weights.push_back(term.weight);
  Tensor each = stacked(terms);
  // The sum needs more digits than a reduced precision keeps.
  each = each.to(c10::promoteTypes(each.scalar_type(), at::kFloat));
  return (each * to_device(at::tensor(weights, each.scalar_type()), each.device())).sum();
}

std::vector<double> LossResult::values() const {
  if (terms.empty()) return {};
  const Tensor each = stacked(terms).detach().cpu().to(at::kDouble);
  return {each.const_data_ptr<double>(), each.const_data_ptr<double>() + each.numel()};
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
