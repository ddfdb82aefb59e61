#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/log.h>
#include <clipwork/text.h>

#include <map>
#include <utility>

namespace clipwork {
namespace fs = std::filesystem;
namespace {

/// The checkpoints of a training.
struct Checkpoints {
  std::map<std::string, fs::path> best;  ///< by measure
  fs::path last;                         ///< of the highest step; empty: there is none
};

bool is_checkpoint(const fs::path& folder) {
  std::error_code failed;
  return fs::is_regular_file(folder / kModelFile, failed);
}

Checkpoints checkpoints_in(const fs::path& folder) {
  Checkpoints found;
  // Steps of more digits than their zeros make room for have longer names.
  std::pair<size_t, std::string> last;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (!is_checkpoint(entry.path())) continue;
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kBestPrefix)) {
      found.best.emplace(name.substr(kBestPrefix.size()), entry.path());
    } else if (name.starts_with(kStepPrefix) && std::pair(name.size(), name) > last) {
      last = {name.size(), name};
      found.last = entry.path();
    }
  }
  return found;
}

}  // namespace

fs::path weights_in(const fs::path& folder, const std::string& measure) {
  if (is_checkpoint(folder)) return folder / kModelFile;
  std::error_code failed;
  const fs::path nested = folder / kCheckpointsFolder;
  const Checkpoints found = checkpoints_in(fs::is_directory(nested, failed) ? nested : folder);
  auto best = found.best.find(measure);
  if (best == found.best.end() && found.best.size() == 1) best = found.best.begin();
  if (best != found.best.end()) {
    const fs::path checkpoint = fs::canonical(best->second);
    log_info(folder.string(), ": using the best checkpoint by ", best->first, ", ",
             checkpoint.filename().string());
    return checkpoint / kModelFile;
  }
  if (!found.best.empty()) {
    throw InputError(cat("has the best checkpoints by several measures: ",
                         join(found.best, [](const auto& one) { return one.first; })),
                     folder.string(),
                     cat("name one of them: ", found.best.begin()->second.string()));
  }
  if (found.last.empty()) {
    throw InputError("has no checkpoint", folder.string(),
                     "expected a model.safetensors in it, or the folder of a training, with "
                     "checkpoints/iter_.../model.safetensors");
  }
  log_info(folder.string(), ": no evaluation chose a best checkpoint; using the last, ",
           found.last.filename().string());
  return fs::canonical(found.last) / kModelFile;
}

}  // namespace clipwork
