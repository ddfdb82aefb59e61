#define CLIPWORK_LANES 8
#include "kernels/kernels_body.h"

namespace clipwork {

constinit const Kernels kKernelsAvx2 = make_kernels("avx2");

}  // namespace clipwork
