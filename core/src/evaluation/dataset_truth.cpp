#include <clipwork/dataset.h>
#include <clipwork/host/ground_truth.h>

#include "evaluation/numbers.h"

namespace clipwork {

using namespace evaluation;
namespace {

TruthTrack truth_of(AnnotatedTrack track, int64_t video, int64_t category) {
  TruthTrack truth;
  truth.id = track.id;
  truth.video = video;
  truth.category = category;
  truth.crowd = track.crowd;
  std::vector<double> areas, mask_areas;
  for (size_t t = 0; t < track.masks.size(); ++t) {
    if (!track.masks[t]) {
      truth.masks.add_absent();
      continue;
    }
    truth.masks.add(*track.masks[t]);
    const auto area = static_cast<double>(track.masks[t]->area());
    if (area > 0) mask_areas.push_back(area);
  }
  for (const std::optional<double>& area : track.areas) {
    if (area && *area != 0) areas.push_back(*area);
  }
  if (track.areas.empty()) areas = mask_areas;
  truth.area = numpy_mean(areas.data(), areas.size());
  truth.mask_area = numpy_mean(mask_areas.data(), mask_areas.size());
  std::vector<double> labels;
  for (const std::optional<double>& label : track.occlusion) {
    if (label) labels.push_back(*label);
  }
  truth.occlusion = occlusion_score(std::move(labels));
  truth.masks.shrink();
  return truth;
}

}  // namespace

GroundTruth ground_truth(const Dataset& dataset, std::string name) {
  GroundTruth truth;
  truth.file = std::move(name);
  truth.categories = dataset.categories();
  truth.annotated = dataset.annotated();
  for (size_t i = 0; i < dataset.videos().size(); ++i) {
    const VideoEntry& video = dataset.videos()[i];
    truth.videos.push_back({video.id, video.size, video.length, video.name, video.files});
    if (!truth.annotated) continue;
    for (AnnotatedTrack& track : dataset.tracks(static_cast<int64_t>(i))) {
      const int64_t category = truth.categories.at(static_cast<size_t>(track.category)).id;
      truth.tracks.push_back(truth_of(std::move(track), video.id, category));
    }
  }
  return truth;
}

}  // namespace clipwork
