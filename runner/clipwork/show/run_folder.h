#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace clipwork::runs {

/// The folder of a run: what lies in it, and how far the run came (run.json).
class RunFolder {
 public:
  /// The treatment of an earlier run's files.
  enum class Existing { refuse, replace, keep };

  /// Throws InputError where a run's files are there already and are to be refused, or where the
  /// folder cannot be written to. Changes nothing yet.
  RunFolder(std::filesystem::path folder, Existing existing);

  /// Makes the folder, removes the files of the run before unless they are kept, and says
  /// "running".
  void begin(std::vector<std::pair<std::string, std::string>> facts);
  /// Says "running", "complete", or "incomplete" and why, with what was counted.
  using Counts = std::vector<std::pair<const char*, int64_t>>;
  void state(const std::string& state, const std::string& reason, const Counts& counts,
             const std::vector<std::string>& remarks) const;

  /// Says "incomplete" and why in every folder of this process that says "running": the process
  /// ends.
  static void abandon_all(const std::string& reason);

  /// Removes the files of an earlier run from a folder, and nothing else.
  static void clear(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_;
  Existing existing_;
  std::vector<std::pair<std::string, std::string>> facts_;
  std::string started_;
};

/// "ids/000012.png" in a folder.
std::filesystem::path ids_picture(const std::filesystem::path& folder, int64_t frame);

}  // namespace clipwork::runs
