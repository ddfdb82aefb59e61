#pragma once
// What the loop hands to every component call.

#include <ATen/core/Generator.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

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

/// The processes that work together. One process is a communicator of one.
class __attribute__((visibility("default"))) Communicator {
 public:
  virtual ~Communicator();
  virtual int rank() const { return 0; }
  virtual int size() const { return 1; }
  /// The sum of every process's value, in all of them.
  virtual double sum(double value) { return value; }
};

struct Context {
  const bool training = false;
  Generators& random;
  Communicator& world;
};

}  // namespace clipwork
