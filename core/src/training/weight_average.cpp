#include <c10/core/GradMode.h>
#include <clipwork/host/weight_average.h>

#include <algorithm>

namespace clipwork {

WeightAverage::WeightAverage(std::vector<NamedParameter> parameters, double decay)
    : parameters_(std::move(parameters)), decay_(decay) {
  for (const NamedParameter& parameter : parameters_) {
    averages_.push_back(parameter.buffer ? Tensor() : parameter.value.detach().clone());
  }
}

void WeightAverage::update(int64_t step) {
  c10::NoGradGuard no_gradient;
  double n = static_cast<double>(step), kept = std::min(decay_, (1 + n) / (10 + n));
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (averages_[i].defined()) averages_[i].lerp_(parameters_[i].value, 1 - kept);
  }
}

std::vector<CheckpointEntry> WeightAverage::values() const {
  std::vector<CheckpointEntry> values;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    values.push_back(
        {parameters_[i].name, averages_[i].defined() ? averages_[i] : parameters_[i].value});
  }
  return values;
}

void WeightAverage::restore(const Checkpoint& checkpoint) {
  c10::NoGradGuard no_gradient;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (!averages_[i].defined()) continue;
    const Tensor* value = checkpoint.find(parameters_[i].name);
    if (!value || value->sizes() != averages_[i].sizes()) {
      throw InputError(cat("has no average of '", parameters_[i].name, "'"),
                       checkpoint.file.string());
    }
    averages_[i].copy_(*value);
  }
}

}  // namespace clipwork
