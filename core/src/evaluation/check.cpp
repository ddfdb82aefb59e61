#include <clipwork/data/fault_lines.h>
#include <clipwork/host/ground_truth.h>

#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "evaluation/plan.h"
#include "evaluation/submission.h"
#include "frames/size_text.h"

namespace fs = std::filesystem;

namespace clipwork {

namespace {

class Checker {
 public:
  explicit Checker(const GroundTruth& instances) : instances_(instances) {
    for (const VideoEntry& video : instances.videos) videos_[video.id] = &video;
    for (const Category& category : instances.categories) categories_.insert(category.id);
  }

  void check(const ResultTrack& result) {
    if (!categories_.count(result.category)) {
      say("class ", result.category, " is not in the list of ", instances_.file);
    }
    if (!std::isfinite(result.score)) say("the score is ", result.score);
    auto found = videos_.find(result.video);
    if (found == videos_.end()) {
      say("video ", result.video, " is not in the list of ", instances_.file);
      return;
    }
    const VideoEntry& video = *found->second;
    if (video.length > 0 && result.masks.frames() != video.length) {
      say("it has ", result.masks.frames(), " frames, but video ", video.id, " has ", video.length);
    }
    if (video.size == Size()) return;
    for (int64_t frame = 0; frame < result.masks.frames(); ++frame) {
      if (!result.masks.read(frame, &mask_) || mask_.size == video.size) continue;
      say("the mask of frame ", frame, " is ", width_by_height(mask_.size), ", but video ",
          video.id, " is ", width_by_height(video.size), swapped_size_hint(mask_.size, video.size));
      return;
    }
  }

  std::vector<std::string> take() { return std::move(problems_); }

 private:
  template <class... Values>
  void say(const Values&... values) {
    problems_.push_back(cat(values...));
  }
  const GroundTruth& instances_;
  std::unordered_map<int64_t, const VideoEntry*> videos_;
  std::unordered_set<int64_t> categories_;
  MaskRle mask_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> check_results(const fs::path& file, const GroundTruth& instances) {
  std::vector<std::string> faults;
  if (file.extension() == ".zip") faults = check_submission(file);
  std::map<size_t, DatasetFault> unread;  // by result
  const Results results = read_results(file, [&](size_t result, const InputError& error) {
    unread.emplace(result, DatasetFault{error.where(), error.problem(), error.advice()});
  });
  if (results.tracks.empty()) {
    faults.push_back("the list of results is empty; the official evaluator stops at such a file");
  }
  try {
    evaluation::check_form(instances, results);
  } catch (const InputError& error) {
    faults.push_back(error.problem());
    return faults;
  }
  Checker checker(instances);
  std::vector<DatasetFault> of_results;
  for (size_t i = 0; i < results.tracks.size(); ++i) {
    if (const auto error = unread.find(i); error != unread.end()) {
      of_results.push_back(std::move(error->second));
      continue;
    }
    checker.check(results.tracks[i]);
    for (std::string& problem : checker.take()) {
      of_results.push_back({cat("result ", i + 1), std::move(problem), ""});
    }
  }
  const std::vector<std::string> lines = fault_lines(of_results);
  faults.insert(faults.end(), lines.begin(), lines.end());
  return faults;
}

}  // namespace clipwork
