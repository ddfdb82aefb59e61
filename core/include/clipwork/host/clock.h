#pragma once
// Clocks that times are measured with.

namespace clipwork {

/// Seconds of a clock that never goes back; only differences mean something.
double wall_seconds();

/// Seconds that all threads of this process have computed, without those spent in the kernel.
double user_cpu_seconds();

}  // namespace clipwork
