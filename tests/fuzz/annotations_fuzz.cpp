// Annotation files: refused with an InputError, or read. What `mend` makes of one is sound: written
// and read again it has no fault and the same masks.

#include <clipwork/data/annotation_file.h>
#include <clipwork/host/evaluation.h>
#include <clipwork/host/ground_truth.h>

#include <filesystem>

#include "fuzzed_file.h"

using namespace clipwork;
using fuzz::require;

namespace {

/// Ground truth against itself, as the evaluator reads it.
void score(const std::string& path) {
  const GroundTruth truth = read_ground_truth(path);
  Results results;
  for (const TruthTrack& track : truth.tracks)
    results.tracks.push_back({track.video, track.category, 0.5, track.mask_area, track.masks});
  evaluate(truth, results);
}

const std::filesystem::path& copy() {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("clipwork-fuzz-" + std::to_string(::getpid()));
  return path;
}

void mend_and_read_again(const std::string& path, bool pictures) {
  std::vector<DatasetFault> faults;
  AnnotationFile file = read_annotations(path, faults);
  if (!file.images.empty()) {
    if (pictures) {
      pictures_to_videos(file);
    } else {
      frames_to_videos(file, faults);
    }
  }
  mend(file, faults);
  if (file.videos.empty()) return;
  write_annotations(copy(), file);
  std::vector<DatasetFault> left;
  AnnotationFile again = read_annotations(copy().string(), left);
  mend(again, left);
  // Without pictures a video has no frames, and names may repeat: both are kept as they are.
  for (const DatasetFault& fault : left)
    require(fault.mended == "its frames cannot be read" || fault.mended == "both are kept");
  require(again.annotations.size() == file.annotations.size());
  for (size_t i = 0; i < file.annotations.size(); ++i)
    require(again.annotations[i].masks == file.annotations[i].masks);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const fuzz::FuzzedFile file(bytes, size);
  try {
    score(file.path());
  } catch (const InputError&) {
  }
  for (bool pictures : {true, false}) {
    try {
      mend_and_read_again(file.path(), pictures);
    } catch (const InputError&) {
    }
  }
  return 0;
}
