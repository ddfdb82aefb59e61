#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <clipwork/communicator.h>

#include "communicator/process_group.h"

namespace clipwork {

std::unique_ptr<Communicator> make_communicator(const ProcessPlace& place,
                                                std::chrono::milliseconds timeout) {
  if (place.size == 1) return std::make_unique<Communicator>();
  return std::make_unique<ProcessGroup>(place, timeout);
}

namespace {

/// Gradients that travel together.
class Bucket {
 public:
  explicit Bucket(Communicator& world) : world_(world) {}
  void add(const Tensor& gradient) {
    constexpr size_t kBytes = size_t{25} << 20;
    bool other = !gradients_.empty() && (gradients_[0].dtype() != gradient.dtype() ||
                                         gradients_[0].device() != gradient.device());
    if (other || bytes_ + gradient.nbytes() > kBytes) average();
    gradients_.push_back(gradient);
    bytes_ += gradient.nbytes();
  }
  void average() {
    if (gradients_.empty()) return;
    std::vector<Tensor> flat;
    for (const Tensor& gradient : gradients_) flat.push_back(gradient.reshape({-1}));
    Tensor all = at::cat(flat);
    world_.add_up({all});
    all.div_(world_.size());
    int64_t start = 0;
    for (const Tensor& gradient : gradients_) {
      gradient.copy_(all.narrow(0, start, gradient.numel()).view(gradient.sizes()));
      start += gradient.numel();
    }
    gradients_.clear();
    bytes_ = 0;
  }

 private:
  Communicator& world_;
  std::vector<Tensor> gradients_;
  size_t bytes_ = 0;
};

}  // namespace

void average_gradients(const std::vector<TrainedParameter>& parameters, Communicator& world) {
  if (world.size() == 1) return;
  c10::NoGradGuard no_gradients;
  Tensor present = at::zeros({static_cast<int64_t>(parameters.size())});
  auto* has = present.mutable_data_ptr<float>();
  for (size_t i = 0; i < parameters.size(); ++i) has[i] = parameters[i].value.grad().defined();
  world.add_up({present});
  Bucket bucket(world);
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (has[i] == 0) continue;
    Tensor value = parameters[i].value;
    if (!value.grad().defined()) value.mutable_grad() = at::zeros_like(value);
    bucket.add(value.grad());
  }
  bucket.average();
}

}  // namespace clipwork
