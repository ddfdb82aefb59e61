#define CLIPWORK_LANES 16
#include "kernels/kernels_body.h"

namespace clipwork {

constinit const Kernels kKernelsAvx512 = make_kernels("avx512", render_avx2, 8);

}  // namespace clipwork
