#define CLIPWORK_LANES 4
#include "kernels/kernels_body.h"

namespace clipwork {

constinit const Kernels kKernelsPortable = make_kernels("portable");

}  // namespace clipwork
