#pragma once
// The context of every component call: random generators, and the processes that work together.

#include <ATen/core/Generator.h>
#include <clipwork/api.h>
#include <clipwork/communicator.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace clipwork {

/// Named random generators of one stream or trainer. Each is seeded by (seed, name): what one
/// component draws never changes what another gets. The global generator is never used.
class CLIPWORK_API Generators {
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

/// The context of a component call, beside its inputs.
struct Context {
  const bool training = false;
  Generators& random;
  Communicator& world;
};

}  // namespace clipwork
