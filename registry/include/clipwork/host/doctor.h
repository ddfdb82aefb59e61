#pragma once
// Checks of an installation, one by one.

#include <string>
#include <vector>

namespace clipwork {

/// One thing that was looked at.
struct Finding {
  enum class State { good, remark, fault } state = State::good;
  std::string subject;  ///< "OpenMP", "matrix product"
  std::string text;     ///< what was found
  std::string advice;   ///< what to do, where something is wrong
};

/// This process: versions, LibTorch and where it comes from, OpenMP runtimes, link order, speed of
/// a matrix product, threads, what the processor can do, and the environment variables that have an
/// effect. Takes a tenth of a second.
std::vector<Finding> examine_process();

/// The product of two float matrices of 1024 x 1024 on the calling thread: GFLOP/s, the best of a
/// few.
double matrix_product_speed();

/// The library that answers LibTorch's calls of `sgemm_`; empty where LibTorch has no such
/// function. If it is not LibTorch's own, another library stood before LibTorch in link order, and
/// products may be 30 times slower.
std::string matrix_product_library();

/// The first library that a program or library asks for (its first DT_NEEDED entry). Throws
/// InputError where it is no ELF file.
std::string first_needed(const std::string& file);

}  // namespace clipwork
