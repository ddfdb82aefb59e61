#pragma once
// Files of ground truth and of results, written by tests.

#include <clipwork/host/ground_truth.h>
#include <gmock/gmock.h>

#include "golden.h"

namespace clipwork::test {

inline constexpr const char* kMask = R"({"size": [2, 2], "counts": "04"})";

class Files : public testing::Test {
 protected:
  ScratchFolder scratch;

  static std::string truth_with(const std::string& mask) {
    return cat(R"({"videos": [{"id": 1, "height": 20, "width": 20, "length": 1}],
      "categories": [{"id": 1, "name": "a"}], "annotations": [{"id": 1, "video_id": 1,
      "category_id": 1, "iscrowd": 0, "areas": [4], "segmentations": [)",
               mask, "]}]}");
  }
  static std::string result_with(const std::string& mask, const std::string& score = "0.5") {
    return cat(R"([{"video_id": 1, "category_id": 1, "score": )", score, R"(, "segmentations": [)",
               mask, "]}]");
  }
  GroundTruth truth(const std::string& text) {
    return read_ground_truth(scratch.write("gt.json", text));
  }
  Results results(const std::string& text) {
    return read_results(scratch.write("results.json", text));
  }
  template <class Read>
  std::string refusal(Read read) {
    try {
      read();
    } catch (const InputError& error) {
      return error.what();
    }
    return "it was taken";
  }
  std::string truth_refusal(const std::string& text) {
    return refusal([&] { truth(text); });
  }
  std::string result_refusal(const std::string& text) {
    return refusal([&] { results(text); });
  }
};

}  // namespace clipwork::test
