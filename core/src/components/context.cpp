#include <ATen/CPUGeneratorImpl.h>
#include <clipwork/context.h>

#include "base/random_bits.h"

namespace clipwork {

Generators::Generators(uint64_t seed) : seed_(seed) {}
Generators::~Generators() = default;
Communicator::~Communicator() = default;

at::Generator& Generators::operator()(std::string_view name) {
  auto found = generators_.find(name);
  if (found == generators_.end()) {
    // Independent streams that do not depend on the order of first use.
    const uint64_t start = fnv1a(name) ^ (seed_ * kGolden);
    found = generators_.emplace(name, at::detail::createCPUGenerator(start)).first;
  }
  return found->second;
}

}  // namespace clipwork
