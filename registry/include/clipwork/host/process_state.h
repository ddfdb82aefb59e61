#pragma once
// What a plugin must leave alone in the process that loads it.

#include <memory>
#include <string>
#include <vector>

namespace clipwork {

/// State of the whole process that a plugin must not change: floating-point control, locale, signal
/// handlers, the current folder, LibTorch's thread count, gradient mode and default type.
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
