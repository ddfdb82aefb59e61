#include <clipwork/host/ground_truth.h>

#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "evaluation/plan.h"
#include "evaluation/submission.h"

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
      say("the mask of frame ", frame, " is ", mask_.size.height, " x ", mask_.size.width,
          ", but video ", video.id, " is ", video.size.height, " x ", video.size.width);
      return;
    }
  }

  std::vector<std::string> take() { return std::move(faults_); }

 private:
  template <class... Values>
  void say(const Values&... values) {
    faults_.push_back(cat(values...));
  }
  const GroundTruth& instances_;
  std::unordered_map<int64_t, const VideoEntry*> videos_;
  std::unordered_set<int64_t> categories_;
  MaskRle mask_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> check_results(const fs::path& file, const GroundTruth& instances) {
  std::vector<std::string> faults;
  if (file.extension() == ".zip") faults = check_submission(file);
  std::map<size_t, std::string> unread;  // by result
  const Results results = read_results(
      file, [&](size_t result, const InputError& error) { unread.emplace(result, error.what()); });
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
  for (size_t i = 0; i < results.tracks.size(); ++i) {
    if (const auto error = unread.find(i); error != unread.end()) {
      faults.push_back(error->second);
      continue;
    }
    checker.check(results.tracks[i]);
    for (const std::string& fault : checker.take()) {
      faults.push_back(cat("result ", i + 1, ": ", fault));
    }
  }
  return faults;
}

}  // namespace clipwork
