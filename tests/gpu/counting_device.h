#pragma once
// A CUDA device made of main memory: a program takes its real path for a GPU on a machine that has
// none, and what it asks of the device is counted. The library `counting_device` stands in for
// LibTorch's CUDA library; tests link it, and programs are started with it in LD_PRELOAD. Memory of
// the device cannot be touched through a tensor's own pointer, so code that takes a CUDA tensor for
// one of the CPU ends the process. The project's own kernels run as loops on the CPU.
//
// Counts differ from those of a GPU in this: a convolution is one kernel, one more for its bias,
// and one for a weight that is not in the picture's memory format; norms, softmax, sort, topk and
// nonzero are one kernel and are up to six.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace clipwork::test {

/// What was asked of the device.
struct DeviceWork {
  int64_t kernels = 0;      ///< operator calls that start at least one kernel
  int64_t allocations = 0;  ///< of device memory
  /// The host waits for the device: a number is read, indices are made of flags, bytes go to or
  /// from pageable memory.
  int64_t waits = 0;
  int64_t bytes_up = 0, bytes_down = 0;  ///< over the bus
  std::map<std::string, int64_t> kernels_by_name, waits_by_name;
};

/// What `work` asks of the device, in this and all other threads.
__attribute__((visibility("default"))) DeviceWork device_work_of(const std::function<void()>& work);

/// All counts by name, the most frequent first: for the message of a test.
__attribute__((visibility("default"))) std::string details(const DeviceWork& work);

}  // namespace clipwork::test
