#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace clipwork::cli {

/// The folder of a run: what lies in it, and how far the run came (run.json).
class RunFolder {
 public:
  /// Throws InputError where a run's files are there already and may not be replaced, or where the
  /// folder cannot be written to. Changes nothing yet.
  RunFolder(std::filesystem::path folder, bool overwrite);

  /// Makes the folder, removes the files of the run before, and says "running".
  void begin(std::vector<std::pair<std::string, std::string>> facts);
  /// Says "complete", or "incomplete" and why.
  void state(const std::string& state, const std::string& reason, int64_t frames,
             const std::vector<std::string>& remarks) const;

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  /// "ids/000012.png"
  std::filesystem::path ids(int64_t frame) const;

 private:
  std::filesystem::path folder_;
  std::vector<std::pair<std::string, std::string>> facts_;
  std::string started_;
  std::vector<std::filesystem::path> old_files() const;
};

/// "2026-01-31T12:00:00Z"
std::string time_now();

}  // namespace clipwork::cli
