#include <ATen/CPUGeneratorImpl.h>
#include <clipwork/context.h>

namespace clipwork {

Generators::Generators(uint64_t seed) : seed_(seed) {}
Generators::~Generators() = default;
Communicator::~Communicator() = default;

at::Generator& Generators::operator()(std::string_view name) {
  auto found = generators_.find(name);
  if (found == generators_.end()) {
    // FNV-1a of the name, mixed with the seed: independent streams that do not depend on the order
    // of first use.
    uint64_t hash = 14695981039346656037ULL;
    for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    hash ^= seed_ * 0x9E3779B97F4A7C15ULL;
    found = generators_.emplace(name, at::detail::createCPUGenerator(hash)).first;
  }
  return found->second;
}

}  // namespace clipwork
