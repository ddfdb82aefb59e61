#pragma once
// The condition under which a packed form may run in place of the plain one.

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>

namespace clipwork {

/// Packed forms and kernels are for float32 on the CPU, and have no gradient of their own.
inline bool is_float_cpu(const at::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat;
}
inline bool runs_fast(const at::Tensor& input) {
  return !c10::GradMode::is_enabled() && is_float_cpu(input);
}

}  // namespace clipwork
