#pragma once
// Processes that train together, as components see them.

#include <ATen/core/Tensor.h>
#include <clipwork/api.h>

#include <vector>

namespace clipwork {

/// The processes that work together. One process is a communicator of one. Every process makes the
/// same calls in the same order; each throws Error that names a process that is gone or has
/// stopped. `make_communicator` (clipwork/host/processes.h) makes the one that a launcher asks for.
class CLIPWORK_API Communicator {
 public:
  virtual ~Communicator();
  virtual int rank() const { return 0; }
  virtual int size() const { return 1; }
  /// The sum of every process's value, in all of them.
  virtual double sum(double value) { return value; }
  /// The mean of every process's value, in all of them: what a weighted mean over the whole batch
  /// is divided by, where gradients are averaged over processes.
  virtual double mean(double value) { return sum(value) / size(); }
  /// Replaces every tensor by its sum over all processes, bit for bit the same in all of them.
  /// Types and shapes agree.
  virtual void add_up(const std::vector<at::Tensor>&) {}
  /// Replaces every tensor by that of process 0. Types and shapes agree.
  virtual void broadcast(const std::vector<at::Tensor>&) {}
  /// Returns when every process has called it, however long that takes.
  virtual void barrier() {}
};

}  // namespace clipwork
