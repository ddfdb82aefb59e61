#include "kernels/render_kernel.h"

namespace clipwork::kernels {
namespace {

/// Four lanes, which every x86-64 has.
struct Plain {
  static constexpr int kLanes = 4;
  typedef float V __attribute__((vector_size(16)));
  typedef int32_t I __attribute__((vector_size(16)));
  static constexpr uint32_t kAll = 0xF;
  static uint32_t above(const V& values, float threshold) {
    uint32_t bits = 0;
    for (int i = 0; i < kLanes; ++i) bits |= static_cast<uint32_t>(values[i] > threshold) << i;
    return bits;
  }
  static V pick(const V& values, const I& index) {
    V picked;
    for (int i = 0; i < kLanes; ++i) picked[i] = values[index[i]];
    return picked;
  }
};

bool always() { return true; }

}  // namespace

const RenderKernel kRenderPlain = {"plain", Plain::kLanes, always, Renderer<Plain>::render};

}  // namespace clipwork::kernels
