#include "ops/gpu_deformable.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <clipwork/error.h>
#include <torch/csrc/autograd/custom_function.h>

#include <limits>
#include <optional>

#include "kernels/gpu/gpu_kernels.h"

namespace clipwork {

namespace {

using at::Tensor;

std::optional<gpu::Format> format_of(const Tensor& value) {
  switch (value.scalar_type()) {
    case at::kFloat:
      return gpu::Format::float32;
    case at::kBFloat16:
      return gpu::Format::bfloat16;
    case at::kHalf:
      return gpu::Format::float16;
    default:
      return {};
  }
}

gpu::SampledLevels sampled_levels(const Tensor& value, const Tensor& raw,
                                  const std::vector<Size>& levels) {
  gpu::SampledLevels maps{};
  maps.levels = static_cast<int32_t>(levels.size());
  maps.points = static_cast<int32_t>(raw.size(4)) / maps.levels;
  maps.heads = static_cast<int32_t>(value.size(2));
  maps.depth = static_cast<int32_t>(value.size(3));
  for (int32_t i = 0; i < maps.levels; ++i) {
    maps.height[i] = static_cast<int32_t>(levels[i].height);
    maps.width[i] = static_cast<int32_t>(levels[i].width);
    maps.first[i] = maps.tokens;
    maps.tokens += maps.height[i] * maps.width[i];
  }
  return maps;
}

void* stream_of(const Tensor& tensor) {
  return c10::impl::VirtualGuardImpl(c10::kCUDA).getStream(tensor.device()).native_handle();
}

void check_started(int error) {
  if (error == 0) return;
  throw Error(cat("deformable attention cannot be started on the GPU: ",
                  gpu::kernels()->error_text(error)));
}

int32_t batch_of(const Tensor& value) { return static_cast<int32_t>(value.size(0)); }

Tensor forward(const Tensor& value, const Tensor& raw, const std::vector<Size>& levels) {
  const c10::DeviceGuard guard(value.device());
  Tensor output =
      at::empty({value.size(0), value.size(1), value.size(2) * value.size(3)}, value.options());
  check_started(gpu::kernels()->deformable(
      value.const_data_ptr(), raw.const_data_ptr<float>(), output.mutable_data_ptr(),
      batch_of(value), sampled_levels(value, raw, levels), *format_of(value), stream_of(value)));
  return output;
}

class DeformableFunction : public torch::autograd::Function<DeformableFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& value,
                        const Tensor& raw, const std::vector<Size>& levels) {
    std::vector<int64_t> sizes;
    for (const Size& level : levels) sizes.insert(sizes.end(), {level.height, level.width});
    context->saved_data["sizes"] = sizes;
    context->save_for_backward({value, raw});
    return clipwork::forward(value, raw, levels);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const std::vector<int64_t> sizes = context->saved_data["sizes"].toIntVector();
    std::vector<Size> levels;
    for (size_t i = 0; i < sizes.size(); i += 2) levels.push_back({sizes[i], sizes[i + 1]});
    const auto saved = context->get_saved_variables();
    const Tensor &value = saved[0], &raw = saved[1], grad_out = gradients[0].contiguous();
    const c10::DeviceGuard guard(value.device());
    Tensor grad_value = at::zeros_like(value), grad_raw = at::empty_like(raw);
    check_started(gpu::kernels()->deformable_backward(
        value.const_data_ptr<float>(), raw.const_data_ptr<float>(),
        grad_out.const_data_ptr<float>(), grad_value.mutable_data_ptr<float>(),
        grad_raw.mutable_data_ptr<float>(), batch_of(value), sampled_levels(value, raw, levels),
        stream_of(value)));
    return {grad_value, grad_raw, Tensor()};
  }
};

}  // namespace

bool suits_gpu(const Tensor& value, int64_t levels, int64_t points) {
  if (!value.is_cuda()) return false;
  const int64_t depth = value.size(3);
  const bool is_float = value.scalar_type() == at::kFloat;
  return (depth == 32 || (depth == 8 && is_float)) && format_of(value) &&
         levels <= gpu::kMostLevels && levels * points <= gpu::kMostSamples &&
         value.numel() <= std::numeric_limits<int32_t>::max() && gpu::kernels() != nullptr;
}

Tensor deformable_on_gpu(const Tensor& value, const Tensor& raw, const std::vector<Size>& levels) {
  // Places need more digits than a reduced precision keeps.
  const Tensor numbers = raw.to(at::kFloat).contiguous();
  if (!c10::GradMode::is_enabled()) return forward(value.contiguous(), numbers, levels);
  return DeformableFunction::apply(value.to(at::kFloat).contiguous(), numbers, levels)
      .to(value.scalar_type());
}

}  // namespace clipwork
