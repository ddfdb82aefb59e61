// Annotation files: refused with an InputError, or read. An opened one is sound: written and read
// again it has no fault and the same masks.

#include <clipwork/data/annotation_file.h>
#include <clipwork/host/evaluation.h>
#include <clipwork/host/ground_truth.h>

#include <filesystem>
#include <optional>

#include "fuzzed_file.h"
#include "json_mutator.h"

using namespace clipwork;
using fuzz::require;

namespace {

/// Ground truth against itself, as the evaluator reads it.
void score(const std::string& path) {
  const GroundTruth truth = read_ground_truth(path);
  Results results;
  for (const TruthTrack& track : truth.tracks)
    results.tracks.push_back({track.video, track.category, {}, 0.5, track.mask_area, track.masks});
  evaluate(truth, results);
}

const std::filesystem::path& copy() {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("clipwork-fuzz-" + std::to_string(::getpid()));
  return path;
}

void open_and_read_again(const std::string& path, std::optional<AnnotationForm> form) {
  const AnnotationFile file = open_annotations(path, form).file;
  if (file.videos.empty()) return;
  write_annotations(copy(), file);
  const OpenedAnnotations again = open_annotations(copy().string());
  // Without pictures a video has no frames, names may repeat, and pictures be in any order: these
  // are kept as they are.
  for (const DatasetFault& fault : again.faults)
    require(fault.mended == "its frames cannot be read" || fault.mended == "both are kept" ||
            fault.mended == "they are read in that order");
  require(again.file.annotations.size() == file.annotations.size());
  for (size_t i = 0; i < file.annotations.size(); ++i)
    require(again.file.annotations[i].masks == file.annotations[i].masks);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const fuzz::FuzzedFile file(bytes, size);
  try {
    score(file.path());
  } catch (const InputError&) {
  }
  using Form = std::optional<AnnotationForm>;
  for (Form form : {Form(), Form(AnnotationForm::pictures)}) {
    try {
      open_and_read_again(file.path(), form);
    } catch (const InputError&) {
    }
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  return fuzz::change_json(bytes, size, most, seed);
}
