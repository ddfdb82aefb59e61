#pragma once
// Devices that models run on.

#include <c10/core/Device.h>

#include <string>
#include <string_view>

namespace clipwork {

/// The device of a name: "cpu", "cuda" (the first GPU), "cuda:1". Only reads the name. Throws
/// InputError for another one.
c10::Device parse_device(std::string_view name);

/// Makes a device usable: for a GPU, loads LibTorch's CUDA library, which must happen before
/// anything in the process asks LibTorch about CUDA. Throws InputError saying in one sentence what
/// is missing: the library, one that it needs, a driver, or the GPU of that number.
void open_device(c10::Device device);

/// Allows convolutions on a GPU to round their inputs to TF32's ten bits of mantissa, which is
/// LibTorch's default. Holds for all pipelines of the process. Call after open_device.
void allow_tf32(bool allowed);

}  // namespace clipwork
