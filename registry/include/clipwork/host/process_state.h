#pragma once
// What a plugin must leave alone in the process that loads it.

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace clipwork {

/// The state of the calling thread and of LibTorch that decides how numbers are computed. Reading
/// and comparing it takes a fraction of a microsecond.
class CalculationState {
 public:
  /// As it is now.
  CalculationState();
  /// Puts back what has changed since; one sentence for each thing that had.
  std::vector<std::string> restore() const;

 private:
  unsigned control_;  ///< rounding, denormals
  int threads_;
  bool gradients_;
  c10::ScalarType type_;
  uint64_t seed_;  ///< of LibTorch's own generator
};

/// State of the whole process that a plugin must not change: that of calculations, the locale,
/// signal handlers, and the current folder.
class ProcessState {
 public:
  /// As it is now.
  ProcessState();
  ~ProcessState();
  /// Puts back what has changed since; one sentence for each thing that had.
  std::vector<std::string> restore() const;

 private:
  struct Snapshot;
  std::unique_ptr<Snapshot> snapshot_;
};

}  // namespace clipwork
