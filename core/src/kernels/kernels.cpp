#include "kernels/kernels.h"

#include <array>
#include <cstddef>

namespace clipwork {

namespace {

struct Variants {
  std::array<const Kernels*, 3> runnable{};

  Variants() {
    std::size_t count = 0;
    __builtin_cpu_init();
    bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    bool fma = __builtin_cpu_supports("fma");
    if (avx512 && fma) runnable[count++] = &kKernelsAvx512;
    if (__builtin_cpu_supports("avx2") && fma) runnable[count++] = &kKernelsAvx2;
    runnable[count] = &kKernelsPortable;
  }
};

}  // namespace

const Kernels* kernels(int variant) {
  static const Variants variants;
  bool known = variant >= 0 && variant < int(variants.runnable.size());
  return known ? variants.runnable[std::size_t(variant)] : nullptr;
}

}  // namespace clipwork
