#pragma once
// What the loop hands to every component call.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// Named random generators of one stream or trainer. Each is seeded by (seed, name): what one
/// component draws never changes what another gets. The global generator is never used.
class __attribute__((visibility("default"))) Generators {
 public:
  explicit Generators(uint64_t seed);
  ~Generators();
  /// The generator of this name ("sampler", "points", "augment"), made on first use.
  at::Generator& operator()(std::string_view name);
  uint64_t seed() const { return seed_; }

 private:
  uint64_t seed_;
  std::map<std::string, at::Generator, std::less<>> generators_;
};

/// The processes that work together. One process is a communicator of one. Every process makes the
/// same calls in the same order; each throws Error that names a process that is gone or has
/// stopped. `make_communicator` (clipwork/communicator.h) makes the one that a launcher asks for.
class __attribute__((visibility("default"))) Communicator {
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

struct Context {
  const bool training = false;
  Generators& random;
  Communicator& world;
};

}  // namespace clipwork
