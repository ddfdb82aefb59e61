#pragma once
// The checkpoints of a training: folders that appear whole or not at all, and are known to be
// whole.

#include <clipwork/api.h>
#include <clipwork/error.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

/// Throws InputError naming what is wrong where a checkpoint's folder lacks its index, or a file
/// does not have the size and SHA-256 that the index says.
void verify_checkpoint(const std::filesystem::path& folder);

/// The folder `checkpoints/` of a run. A checkpoint is a folder `iter_0001000` of files and an
/// `index.json` with size and SHA-256 of each. It is written under a temporary name, brought to the
/// disk, and renamed; the one before stays until the new one was read back. A link `best_AP` names
/// the best one. One process writes at a time.
class CLIPWORK_API CheckpointStore {
 public:
  explicit CheckpointStore(std::filesystem::path folder);
  ~CheckpointStore();
  CheckpointStore(const CheckpointStore&) = delete;
  CheckpointStore& operator=(const CheckpointStore&) = delete;

  /// Makes the folder, locks it for the life of the object, and removes what a killed process left.
  /// Throws InputError where another process has it.
  void open_for_writing();
  /// Writes the checkpoint of a step: `fill` writes files into the folder that it is given. One
  /// that is there already and whole stays. Throws Error where the disk is full or what was written
  /// does not verify; what was there before stays then.
  std::filesystem::path write(int64_t step,
                              const std::function<void(const std::filesystem::path&)>& fill);
  /// Removes all but the last `keep` up to the one of step `newest`, which was just written, and
  /// the best ones. Later ones are not whole, or training would have gone on from them; they go
  /// too.
  void prune(int64_t keep, int64_t newest);
  /// Lets `best_NAME` name the checkpoint of this step.
  void set_best(const std::string& name, int64_t step);
  /// The step that `best_NAME` names.
  std::optional<int64_t> best(const std::string& name) const;

  struct Skipped {
    std::string name, reason;
  };
  /// The step of the newest checkpoint that verifies; newer ones that do not are told.
  std::optional<int64_t> newest(std::vector<Skipped>* skipped = nullptr) const;
  /// Steps of all checkpoints, whole or not, ascending.
  std::vector<int64_t> steps() const;
  std::filesystem::path path(int64_t step) const;
  static std::string name(int64_t step);  ///< "iter_0001000"

 private:
  std::filesystem::path folder_;
  int lock_ = -1;
};

}  // namespace clipwork
