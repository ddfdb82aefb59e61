#define CLIPWORK_LANES 8
#include "kernels/kernels_body.h"
#include "kernels/render_body.h"

namespace clipwork {

void render_avx2(const RenderPlan& plan, const float* values, float* scratch, uint8_t* flags,
                 uint64_t* words, RenderResult& result) {
  render(plan, values, scratch, flags, words, result);
}

constinit const Kernels kKernelsAvx2 = make_kernels("avx2", render_avx2, kLanes);

}  // namespace clipwork
