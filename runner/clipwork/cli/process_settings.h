#pragma once

namespace clipwork::cli {

/// Settings of the process that must be made before anything computes: threads, memory, signals,
/// and how LibTorch's warnings are printed.
void prepare_process();

}  // namespace clipwork::cli
