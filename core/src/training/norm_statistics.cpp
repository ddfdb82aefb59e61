#include "training/norm_statistics.h"

#include <c10/core/GradMode.h>

namespace clipwork {

NormStatistics::NormStatistics(const std::vector<NamedParameter>& parameters) {
  for (const NamedParameter& parameter : parameters) {
    if (!parameter.buffer || !parameter.value.is_floating_point()) continue;
    buffers_.push_back(parameter.value);
    versions_.push_back(static_cast<int64_t>(parameter.value._version()));
  }
}

void NormStatistics::average(Communicator& world) {
  if (world.size() == 1) return;
  std::vector<Tensor> changed;
  for (size_t i = 0; i < buffers_.size(); ++i) {
    // Statistics that are frozen stay as they are, bit for bit.
    if (static_cast<int64_t>(buffers_[i]._version()) != versions_[i])
      changed.push_back(buffers_[i]);
  }
  c10::NoGradGuard no_gradients;
  world.add_up(changed);
  for (Tensor& value : changed) value.div_(world.size());
  for (size_t i = 0; i < buffers_.size(); ++i) {
    versions_[i] = static_cast<int64_t>(buffers_[i]._version());
  }
}

}  // namespace clipwork
