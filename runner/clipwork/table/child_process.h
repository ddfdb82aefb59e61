#pragma once
// This program again, as a process that does one job.

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::table {

/// A run of this program that ends when the process that started it ends, however that happens. It
/// belongs to a process group of its own: Ctrl-C reaches it through `interrupt` alone.
class ChildProcess {
 public:
  /// Runs the program with these arguments. What it prints is added to `log`. To be called in the
  /// main thread, with whose end the child would end. Throws Error where it cannot be started.
  ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  /// Kills it if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Its exit code, or 128 and the number of the signal that ended it; none while it runs.
  std::optional<int> poll();
  /// Asks it to save its work and to end.
  void interrupt();

 private:
  pid_t process_ = -1;
  std::optional<int> code_;
};

}  // namespace clipwork::table
