#pragma once
// Which process works in the folder of a job: a lock file that works between machines that share a
// folder.

#include <filesystem>
#include <optional>
#include <string>

namespace clipwork::table {

/// The file `lock` in a folder, with the process that holds it. It is renewed while the process
/// lives: a lock of a process of this machine ends with the process, one of another machine 10
/// minutes after it was renewed for the last time. Then anybody may take it.
class JobLock {
 public:
  /// None where a living process has the lock. Throws Error where the folder cannot be written to.
  static std::optional<JobLock> take(const std::filesystem::path& folder);
  /// The living process that has the lock, "HOST, process 12"; empty where there is none.
  static std::string holder(const std::filesystem::path& folder);

  /// Releases the lock.
  ~JobLock();
  JobLock(JobLock&& other) noexcept;
  JobLock& operator=(JobLock&&) = delete;
  JobLock(const JobLock&) = delete;
  JobLock& operator=(const JobLock&) = delete;

  /// Says that the process lives. False where another process has taken the lock meanwhile: this
  /// one was stopped for too long.
  bool renew();

 private:
  JobLock(std::filesystem::path folder, std::string token)
      : folder_(std::move(folder)), token_(std::move(token)) {}
  std::filesystem::path folder_;
  std::string token_;  ///< of this lock alone
  std::filesystem::path claim_;
};

}  // namespace clipwork::table
