#pragma once
// Folders of trainings, and the checkpoint that each of them stands for.

#include <filesystem>
#include <string>
#include <string_view>

namespace clipwork {

/// The folder of checkpoints in the folder of a training, and how the names in it begin:
/// "iter_0001000" by step, "best_AP" by measure.
inline constexpr const char* kCheckpointsFolder = "checkpoints";
inline constexpr std::string_view kStepPrefix = "iter_", kBestPrefix = "best_";

/// The weights to run with in a folder: its own `kModelFile`, if it is a checkpoint; in the folder
/// of a training, or in its `kCheckpointsFolder`, the weights of the best checkpoint by `measure`
/// ("AP"), of the best by another measure if it is the only one, or else of the last. The choice is
/// logged, and links are resolved. Throws InputError if there is no checkpoint, or if there are
/// best checkpoints by several other measures.
std::filesystem::path weights_in(const std::filesystem::path& folder,
                                 const std::string& measure = {});

}  // namespace clipwork
