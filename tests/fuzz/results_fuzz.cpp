// Result files: refused with an InputError, or read, checked, and scored against ground truth with
// every measure.

#include <clipwork/host/evaluation.h>

#include <cmath>

#include "fuzzed_file.h"
#include "json_mutator.h"

using namespace clipwork;
using fuzz::require;

namespace {

constexpr char kTruth[] = R"({
  "videos": [{"id": 1, "height": 4, "width": 5, "length": 3}, {"id": 2, "height": 4, "width": 5, "length": 1}],
  "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
  "annotations": [
    {"id": 1, "video_id": 1, "category_id": 1, "iscrowd": 0, "areas": [4, null, 6], "occlusion": ["no_occlusion", null, null],
     "segmentations": [{"size": [4, 5], "counts": [3, 4, 13]}, null, {"size": [4, 5], "counts": [0, 6, 14]}]},
    {"id": 2, "video_id": 1, "category_id": 1, "iscrowd": 1, "areas": [9, 9, 9], "occlusion": ["severe_occlusion", null, null],
     "segmentations": [[[0, 0, 5, 0, 5, 4]], null, null]},
    {"id": 3, "video_id": 2, "category_id": 2, "iscrowd": 0, "areas": [20], "occlusion": ["slight_occlusion"],
     "segmentations": [{"size": [4, 5], "counts": "0d0"}]}]})";

void check(const Measures& measures) {
  for (const auto& [name, value] : measures) require(value == -1 || (value >= 0 && value <= 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const GroundTruth truth = [] {
    fuzz::FuzzedFile file(reinterpret_cast<const uint8_t*>(kTruth), sizeof kTruth - 1);
    return read_ground_truth(file.path());
  }();
  static const GroundTruth plain = [] {
    GroundTruth plain = truth;
    for (TruthTrack& track : plain.tracks) track.occlusion.reset();
    return plain;
  }();
  const fuzz::FuzzedFile file(bytes, size);
  try {
    check_results(file.path(), truth);
  } catch (const InputError&) {
  }
  try {
    const Results results = read_results(file.path());
    check(evaluate(plain, results, {.class_agnostic = true}).stats);
    check(evaluate(plain, results, {.boxes = true}).stats);
    check(evaluate_frames(plain, results).stats);
    const int64_t borders[] = {1};
    for (const LengthMeasures& group : evaluate_lengths(plain, results, borders))
      check(group.stats);
    for (const auto& [name, value] : evaluate_tracking(plain, results, 0).detection_sum.measures)
      require(std::isfinite(value));
    check(evaluate(plain, results).stats);
    check(evaluate(truth, results).stats);
  } catch (const InputError&) {
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  return fuzz::change_json(bytes, size, most, seed);
}
