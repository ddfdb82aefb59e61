#include "evaluation/plan.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace clipwork::evaluation {

void Warnings::add(const std::string& kind, const std::string& example) {
  for (Found& found : found_) {
    if (found.kind == kind) {
      ++found.count;
      return;
    }
  }
  found_.push_back({kind, example, 1});
}

void Warnings::add(const Warnings& others) {
  for (const Found& other : others.found_) {
    add(other.kind, other.example);
    for (Found& found : found_)
      if (found.kind == other.kind) found.count += other.count - 1;
  }
}

std::vector<std::string> Warnings::texts() const {
  std::vector<std::string> texts;
  for (const Found& found : found_) {
    std::string text = found.kind;
    if (!found.example.empty()) {
      text += found.count > 1 ? cat(": ", found.count, ", the first: ", found.example)
                              : cat(": ", found.example);
    }
    texts.push_back(text);
  }
  return texts;
}

namespace {

using Places = std::unordered_map<int64_t, int64_t>;

/// Small, medium or large; a border belongs to both, which does not matter here.
int size_group(double area) { return (area > 128 * 128) + (area > 256 * 256); }

/// The things of different ids, ascending; of equal ids the last, as in the official index.
template <class Thing>
std::vector<const Thing*> by_id(const std::vector<Thing>& things) {
  std::map<int64_t, const Thing*> last;
  for (const Thing& thing : things) last[thing.id] = &thing;
  std::vector<const Thing*> sorted;
  for (const auto& [id, thing] : last) sorted.push_back(thing);
  return sorted;
}

class Planner {
 public:
  Planner(const GroundTruth& truth, const Results& results, bool class_agnostic)
      : truth_(truth), results_(results), class_agnostic_(class_agnostic) {
    for (const VideoEntry* video : by_id(truth.videos)) {
      video_at_[video->id] = static_cast<int64_t>(plan_.videos.size());
      plan_.videos.push_back({video, {}});
    }
    for (const Category* category : by_id(truth.categories)) {
      category_at_[category->id] = static_cast<int64_t>(plan_.categories.size());
      plan_.categories.push_back(*category);
    }
    meetings_.resize(plan_.videos.size());
  }

  EvaluationPlan make() {
    check_form(truth_, results_);
    if (plan_.videos.size() != truth_.videos.size()) {
      plan_.warnings.add("the ground truth lists a video id more than once; its last entry is used",
                         "");
    }
    if (plan_.categories.size() != truth_.categories.size()) {
      plan_.warnings.add("the ground truth lists a class id more than once; its last entry is used",
                         "");
    }
    add_truths();
    add_results();
    for (size_t v = 0; v < meetings_.size(); ++v) need_size(v);
    for (size_t v = 0; v < meetings_.size(); ++v) {
      for (auto& [category, meeting] : meetings_[v]) {
        std::vector<Meeting>& to = plan_.videos[v].meetings;
        if (class_agnostic_ && !to.empty()) {
          to[0].truths.insert(to[0].truths.end(), meeting.truths.begin(), meeting.truths.end());
          to[0].results.insert(to[0].results.end(), meeting.results.begin(), meeting.results.end());
        } else {
          meeting.category = class_agnostic_ ? 0 : category;
          to.push_back(std::move(meeting));
        }
      }
    }
    if (class_agnostic_) plan_.categories = {{-1, "all classes"}};
    return std::move(plan_);
  }

 private:
  Meeting& meeting(int64_t video, int64_t category) {
    return meetings_[static_cast<size_t>(video)][category];
  }

  /// The place of a class; none if it is unknown, and matters. Unknown classes come last, so that
  /// equal scores of known ones keep the official order.
  std::optional<int64_t> place_of(int64_t category) const {
    const auto known = category_at_.find(category);
    if (known != category_at_.end()) return known->second;
    if (class_agnostic_) return static_cast<int64_t>(category_at_.size());
    return {};
  }

  /// As the official index does it: each track stands for the last of its id, wherever that is.
  void add_truths() {
    std::unordered_map<int64_t, const TruthTrack*> last;
    for (const TruthTrack& track : truth_.tracks) last[track.id] = &track;
    std::vector<std::vector<const TruthTrack*>> of_video(plan_.videos.size());
    for (const TruthTrack& track : truth_.tracks) {
      auto video = video_at_.find(track.video);
      if (video == video_at_.end()) {
        plan_.warnings.add("tracks of videos that are not in the ground truth are left out",
                           cat("track ", track.id, ", video ", track.video));
      } else if (!place_of(track.category)) {
        plan_.warnings.add("tracks of classes that are not in the ground truth are left out",
                           cat("track ", track.id, ", class ", track.category));
      } else {
        of_video[static_cast<size_t>(video->second)].push_back(&track);
      }
      if (last[track.id] != &track) {
        plan_.warnings.add(
            "tracks with the id of a later track are not evaluated, and the later one is evaluated "
            "several times",
            cat("id ", track.id, ", in video ", track.video));
      } else if (const double area = track.mask_area; area > 2 * track.area ||
                                                      track.area > 2 * area ||
                                                      size_group(area) != size_group(track.area)) {
        plan_.warnings.add(
            "areas in the file differ from those of the masks; the groups by size follow the file",
            cat("track ", track.id, ": ", track.area, " against ", area));
      }
      if (track.id == 0) {
        plan_.warnings.add(
            "a track has the id 0, which the official code takes for \"no match\": its matches "
            "count as false positives; number tracks from 1",
            cat("in video ", track.video));
      }
    }
    for (const auto& tracks : of_video) {
      for (const TruthTrack* track : tracks) {
        const TruthTrack* taken = last[track->id];
        auto video = video_at_.find(taken->video);
        const std::optional<int64_t> category = place_of(taken->category);
        if (video == video_at_.end() || !category) continue;
        meeting(video->second, *category).truths.push_back(taken);
      }
    }
  }

  void add_results() {
    for (const ResultTrack& result : results_.tracks) {
      auto video = video_at_.find(result.video);
      if (video == video_at_.end()) {
        throw InputError(cat(name_of(&result, results_), " belongs to video ", result.video,
                             ", which is not in ", truth_.file),
                         results_.file,
                         "results and ground truth must belong to the same data set");
      }
      const std::optional<int64_t> category = place_of(result.category);
      if (!category) {
        plan_.warnings.add(
            "results of classes that are not in the ground truth are left out; use the class ids "
            "of the file, not those of the model",
            cat(name_of(&result, results_), ", class ", result.category));
        continue;
      }
      if (result.score != result.score) {
        plan_.warnings.add("results with the score NaN are ranked last",
                           name_of(&result, results_));
      }
      meeting(video->second, *category).results.push_back(&result);
    }
    if (results_.tracks.empty()) {
      plan_.warnings.add("the list of results is empty; the official code fails on it", "");
    }
  }

  /// The official code stops at masks in a video without a size.
  void need_size(size_t v) const {
    const VideoEntry& video = *plan_.videos[v].video;
    if (video.size != Size()) return;
    for (const auto& [category, meeting] : meetings_[v]) {
      if (has_mask(meeting.truths) || has_mask(meeting.results)) {
        throw InputError(cat("video ", video.id, " has no 'height' and 'width'"), truth_.file,
                         "`clipwork dataset check FILE --fix COPY` adds them from the masks");
      }
    }
  }
  template <class Track>
  static bool has_mask(const std::vector<const Track*>& tracks) {
    for (const Track* track : tracks) {
      for (int64_t frame = 0; frame < track->masks.frames(); ++frame)
        if (track->masks.present(frame)) return true;
    }
    return false;
  }

  const GroundTruth& truth_;
  const Results& results_;
  bool class_agnostic_;
  EvaluationPlan plan_;
  Places video_at_, category_at_;
  std::vector<std::map<int64_t, Meeting>> meetings_;
};

}  // namespace

void check_form(const GroundTruth& truth, const Results& results) {
  if (results.tracks.empty() || results.pictures == truth.pictures) return;
  if (results.pictures) {
    throw InputError(
        cat("has results of single pictures (image_id, segmentation), but ", truth.file,
            " has videos"),
        results.file,
        "results of videos have video_id, and segmentations with one mask or null per frame; "
        "results of pictures are scored against COCO's annotations of the same pictures");
  }
  throw InputError(cat("has results of videos (video_id, segmentations), but ", truth.file,
                       " has single pictures"),
                   results.file, "results of pictures have image_id and one segmentation");
}

EvaluationPlan make_plan(const GroundTruth& truth, const Results& results, bool class_agnostic) {
  return Planner(truth, results, class_agnostic).make();
}

std::string name_of(const ResultTrack* result, const Results& results) {
  return cat("result ", result - results.tracks.data() + 1);
}

}  // namespace clipwork::evaluation
