#include <clipwork/to_device.h>

namespace clipwork {

at::Tensor to_device(const at::Tensor& values, c10::Device device) {
  if (values.device() == device) return values;
  if (!values.device().is_cpu() || !device.is_cuda()) return values.to(device);
  return values.pin_memory().to(device, values.scalar_type(), /*non_blocking=*/true);
}

}  // namespace clipwork
