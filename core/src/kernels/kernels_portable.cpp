#define CLIPWORK_LANES 4
#include "kernels/kernels_body.h"
#include "kernels/render_body.h"

namespace clipwork {

constinit const Kernels kKernelsPortable = make_kernels("portable", render, kLanes);

}  // namespace clipwork
