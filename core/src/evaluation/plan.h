#pragma once
// The plan of an evaluation: the pairs of ground truth and results that are compared, video by
// video and class by class.

#include <clipwork/host/ground_truth.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clipwork::evaluation {

/// Collects what is wrong: of each kind the number, and the first example in words.
class Warnings {
 public:
  /// `kind` is a sentence about all of them.
  void add(const std::string& kind, const std::string& example);
  void add(const Warnings& others);
  std::vector<std::string> texts() const;

 private:
  struct Found {
    std::string kind, example;
    int64_t count;
  };
  std::vector<Found> found_;
};

/// The results and tracks of one video and class.
struct Meeting {
  int64_t category = 0;                     ///< place in EvaluationPlan::categories
  std::vector<const TruthTrack*> truths;    ///< in file order
  std::vector<const ResultTrack*> results;  ///< in file order
};

struct VideoPlan {
  const VideoEntry* video = nullptr;
  std::vector<Meeting> meetings;  ///< by ascending category, only where something is
};

struct EvaluationPlan {
  std::vector<Category> categories;  ///< by ascending id; one of id -1 where class-agnostic
  std::vector<VideoPlan> videos;     ///< by ascending id
  Warnings warnings;
};

/// Throws InputError if one side has videos and the other single pictures: their ids mean different
/// things, and may be equal by chance.
void check_form(const GroundTruth& truth, const Results& results);

/// If `class_agnostic`, classes are ignored, also those that the ground truth does not list. Throws
/// InputError as `check_form`, where a result names a video that the ground truth lacks, and for
/// masks in a video without a size.
EvaluationPlan make_plan(const GroundTruth& truth, const Results& results, bool class_agnostic);

/// "result 3": its number in the file.
std::string name_of(const ResultTrack* result, const Results& results);

}  // namespace clipwork::evaluation
