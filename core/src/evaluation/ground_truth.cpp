#include <clipwork/data/annotation_file.h>
#include <clipwork/data/fault_lines.h>
#include <clipwork/dataset.h>
#include <clipwork/host/ground_truth.h>
#include <clipwork/host/log.h>
#include <clipwork/text.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "data/annotation_reader.h"
#include "data/json_fields.h"
#include "data/polygon_budget.h"
#include "evaluation/mask_areas.h"
#include "evaluation/numbers.h"

namespace fs = std::filesystem;

namespace clipwork {

using namespace evaluation;
using Numbers = std::vector<std::optional<double>>;

namespace {

/// Adds what is measured frame by frame. `areas` are those of the data, if it has any.
void add_frames(TruthTrack& track, const std::vector<std::optional<MaskRle>>& masks,
                const Numbers* areas, const Numbers& occlusion) {
  MaskAreas mask_areas;
  for (const std::optional<MaskRle>& mask : masks) {
    if (mask) {
      track.masks.add(*mask);
      mask_areas.add(*mask);
    } else {
      track.masks.add_absent();
    }
  }
  track.masks.shrink();
  track.mask_area = mask_areas.mean();
  track.area = track.mask_area;
  if (areas) {
    std::vector<double> counted;
    for (const std::optional<double>& area : *areas) {
      if (area && *area != 0) counted.push_back(*area);
    }
    track.area = numpy_mean(counted.data(), counted.size());
  }
  std::vector<double> labels;
  for (const std::optional<double>& label : occlusion) {
    if (label) labels.push_back(*label);
  }
  track.occlusion = occlusion_score(std::move(labels));
}

VideoEntry entry_of(AnnotationFile::Video video) {
  VideoEntry entry;
  entry.id = *video.id;
  entry.size = video.size;
  entry.length =
      video.files.empty() ? video.length.value_or(0) : static_cast<int64_t>(video.files.size());
  if (!video.files.empty()) entry.name = fs::path(video.files[0]).parent_path().string();
  if (entry.name.empty()) entry.name = std::to_string(entry.id);
  entry.files = std::move(video.files);
  return entry;
}

class TruthReader final : public AnnotationReader {
 public:
  TruthReader() : AnnotationReader(FaultPolicy::refuse) {}

  GroundTruth truth() {
    for (const char* list : {"videos", "categories"}) {
      if (!has(list)) throw InputError(cat("'", list, "' is missing"));
    }
    for (Waiting& one : waiting_) {
      within(one.place, [&] { tracks_[one.track] = track(std::move(one.annotation)); });
    }
    GroundTruth truth;
    truth.annotated = file_.annotated;
    truth.tracks = std::move(tracks_);
    for (AnnotationFile::Video& video : file_.videos) {
      truth.videos.push_back(entry_of(std::move(video)));
    }
    for (AnnotationFile::Category& category : file_.categories) {
      truth.categories.push_back({*category.id, std::move(category.name)});
    }
    return truth;
  }

 private:
  /// An annotation with polygons, read before the videos whose sizes they need.
  struct Waiting {
    size_t track;
    std::string place;
    AnnotationFile::Annotation annotation;
  };
  std::vector<TruthTrack> tracks_;
  std::vector<Waiting> waiting_;
  PolygonBudget polygons_;
  std::unordered_map<int64_t, Size> sizes_;  ///< of videos, by id, once one is needed

  void clear_annotations() override {
    tracks_.clear();
    waiting_.clear();
  }

  void take(AnnotationFile::Annotation annotation) override {
    if (annotation.polygons.empty() || has("videos")) {
      tracks_.push_back(track(std::move(annotation)));
    } else {
      waiting_.push_back({tracks_.size(), place(annotation), std::move(annotation)});
      tracks_.emplace_back();
    }
  }

  TruthTrack track(AnnotationFile::Annotation annotation) {
    for (const auto& [frame, parts] : annotation.polygons) {
      within(cat("segmentations[", frame, "]"), [&] {
        const Size size = size_of_video(*annotation.video);
        polygons_.take(parts, size);
        annotation.masks[static_cast<size_t>(frame)] = MaskRle::of_polygons(parts, size);
      });
    }
    TruthTrack track;
    track.id = *annotation.id;
    track.video = *annotation.video;
    track.category = *annotation.category;
    track.crowd = *annotation.crowd;
    add_frames(track, annotation.masks, &*annotation.areas, annotation.occlusion);
    return track;
  }

  Size size_of_video(int64_t id) {
    if (sizes_.empty()) {
      for (const AnnotationFile::Video& video : file_.videos) sizes_[*video.id] = video.size;
    }
    const auto found = sizes_.find(id);
    // A track of an unknown video is not evaluated.
    if (found == sizes_.end()) return {};
    if (found->second == Size()) {
      throw InputError(cat("a polygon needs the size of video ", id), {},
                       "add 'height' and 'width' to the video");
    }
    return found->second;
  }
};

/// The lists that a file has at its top level.
class ListNames final : public JsonLists {
 public:
  void root(JsonValue::Kind) override {}
  bool wants(std::string_view list) override {
    names_.emplace(list);
    return false;
  }
  void member(std::string_view, JsonValue::Kind) override {}
  void entry(std::string_view, const JsonValue&) override {}
  bool has(std::string_view list) const { return names_.contains(list); }

 private:
  std::set<std::string, std::less<>> names_;
};

bool is_of_pictures(const fs::path& file) {
  ListNames lists;
  try {
    read_json(*open_file(file), lists, JsonRules::lenient);
  } catch (const InputError&) {
    return false;
  }
  return lists.has("images") && !lists.has("videos");
}

/// COCO's annotations of single pictures.
GroundTruth picture_truth(const fs::path& file) {
  OpenedAnnotations opened = open_annotations(file.string(), AnnotationForm::pictures);
  if (!opened.faults.empty()) {
    log_warn(file.string(), ": ", counted(count_of(opened.faults), "fault"),
             ", the first: ", opened.faults.front().where, ": ", opened.faults.front().problem,
             "; `clipwork dataset check` lists them");
  }
  GroundTruth truth;
  truth.annotated = opened.file.annotated;
  truth.pictures = true;
  for (AnnotationFile::Video& video : opened.file.videos) {
    truth.videos.push_back(entry_of(std::move(video)));
  }
  for (AnnotationFile::Category& category : opened.file.categories) {
    truth.categories.push_back({*category.id, std::move(category.name)});
  }
  for (const AnnotationFile::Annotation& one : opened.file.annotations) {
    TruthTrack& track = truth.tracks.emplace_back();
    track.id = *one.id;
    track.video = *one.video;
    track.category = *one.category;
    track.crowd = one.crowd.value_or(false);
    add_frames(track, one.masks, one.areas ? &*one.areas : nullptr, one.occlusion);
  }
  return truth;
}

/// A file with a list of videos, as the official code reads it.
GroundTruth video_truth(const fs::path& file) {
  TruthReader reader;
  reader.read(file);
  return within(file.string(), [&] { return reader.truth(); });
}

/// Only files that are not of videos are read twice.
GroundTruth truth_of_either(const fs::path& file) {
  try {
    return video_truth(file);
  } catch (const InputError&) {
    if (!is_of_pictures(file)) throw;
  }
  return picture_truth(file);
}

}  // namespace

bool GroundTruth::has_occlusion() const {
  return !tracks.empty() && std::all_of(tracks.begin(), tracks.end(), [](const TruthTrack& track) {
    return track.occlusion.has_value();
  });
}

GroundTruth read_ground_truth(const fs::path& file) {
  GroundTruth truth = truth_of_either(file);
  truth.file = file.string();
  return truth;
}

GroundTruth ground_truth(const Dataset& dataset, std::string name) {
  GroundTruth truth;
  truth.file = std::move(name);
  truth.categories = dataset.categories();
  truth.videos = dataset.videos();
  truth.annotated = dataset.annotated();
  truth.pictures = dataset.pictures();
  if (!truth.annotated) return truth;
  for (size_t i = 0; i < truth.videos.size(); ++i) {
    for (const AnnotatedTrack& one : dataset.tracks(static_cast<int64_t>(i))) {
      TruthTrack& track = truth.tracks.emplace_back();
      track.id = one.id;
      track.video = truth.videos[i].id;
      track.category = truth.categories.at(static_cast<size_t>(one.category)).id;
      track.crowd = one.crowd;
      add_frames(track, one.masks, one.areas.empty() ? nullptr : &one.areas, one.occlusion);
    }
  }
  return truth;
}

}  // namespace clipwork
