#pragma once
// [window], compared with what the decoder and the tracker take.

#include <clipwork/host/plan.h>

namespace clipwork {

/// Adds the faults of the window section, and of decoder and tracker that do not fit it.
void check_windows(Plan& plan);

}  // namespace clipwork
