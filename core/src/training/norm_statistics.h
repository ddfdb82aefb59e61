#pragma once
#include <clipwork/context.h>
#include <clipwork/host/checkpoint.h>

#include <cstdint>
#include <vector>

namespace clipwork {

/// Running statistics of norms, which each process takes of its own samples.
class NormStatistics {
 public:
  /// Looks among the parameters and buffers of a model, which share their storage with it.
  explicit NormStatistics(const std::vector<NamedParameter>& parameters);
  /// Replaces the buffers that were written to since the last call by their means over processes.
  void average(Communicator& world);

 private:
  std::vector<Tensor> buffers_;
  std::vector<int64_t> versions_;
};

}  // namespace clipwork
