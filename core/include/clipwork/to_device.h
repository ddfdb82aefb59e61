#pragma once
// Tensors of the host on a device.

#include <ATen/core/Tensor.h>
#include <clipwork/api.h>

namespace clipwork {

/// `values` on `device`; itself if it is there. From the CPU to a GPU it goes through pinned
/// memory, so that the host does not wait for the copy.
CLIPWORK_API at::Tensor to_device(const at::Tensor& values, c10::Device device);

}  // namespace clipwork
