#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace clipwork {

/// Says every half second that this process is there, and finds out who says so no more.
class Pulse {
 public:
  /// Adds to the count of a process and gives it; may block for ever, or throw, where the counts
  /// are kept by a process that is gone.
  using Count = std::function<int64_t(int rank, int64_t add)>;
  Pulse(int rank, int size, Count count);
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  /// Listens for some seconds: the others that were not heard; nothing where the counts themselves
  /// are out of reach.
  std::optional<std::vector<int>> silent();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace clipwork
