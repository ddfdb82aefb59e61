#pragma once
// Tensors of the host on a device.

#include <clipwork/tensors.h>

namespace clipwork {

/// `values` on `device`; itself if it is there. From the CPU to a GPU it goes through pinned
/// memory, so that the host does not wait for the copy.
CLIPWORK_API Tensor to_device(const Tensor& values, c10::Device device);

}  // namespace clipwork
