#include "data/annotation_forms.h"

#include <clipwork/data/frame_budget.h>
#include <clipwork/error.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "data/annotation_names.h"

namespace clipwork {
namespace fs = std::filesystem;

using Annotation = AnnotationFile::Annotation;

namespace {

/// Adds the pixels of a part to a mask. False, and nothing is added, where their sizes differ.
bool join(std::optional<MaskRle>& mask, std::optional<MaskRle> part) {
  if (!part) return true;
  if (mask && mask->size != part->size) return false;
  mask = mask ? unite(*mask, *part) : std::move(*part);
  return true;
}

}  // namespace

void pictures_to_videos(AnnotationFile& file) {
  for (AnnotationFile::Image& image : file.images) {
    file.videos.push_back(
        {image.id, fs::path(image.file).stem().string(), image.size, 1, {std::move(image.file)}});
  }
  for (Annotation& one : file.annotations) {
    if (!one.video) one.video = one.image;
  }
}

void frames_to_videos(AnnotationFile& file, std::vector<DatasetFault>& faults) {
  struct Place {
    int64_t video = 0, frame = 0;
  };
  std::map<int64_t, std::vector<AnnotationFile::Image*>> videos;
  for (AnnotationFile::Image& image : file.images) {
    if (image.id && image.video) {
      videos[*image.video].push_back(&image);
    } else {
      faults.push_back({cat("image '", image.file, "'"), image.id ? "has no video_id" : "has no id",
                        "it is left out"});
    }
  }
  std::map<int64_t, Place> places;  // of images
  std::map<int64_t, size_t> lengths;
  for (auto& [id, images] : videos) {
    // Frame numbers may start anywhere and have gaps; their order counts, then that of the names.
    std::stable_sort(images.begin(), images.end(), [](const auto* a, const auto* b) {
      return a->frame && b->frame ? *a->frame < *b->frame : a->file < b->file;
    });
    auto video = std::find_if(file.videos.begin(), file.videos.end(),
                              [id = id](const auto& one) { return one.id == id; });
    if (video == file.videos.end()) {
      video = file.videos.insert(video, AnnotationFile::Video{});
      video->id = id;
    }
    video->size = images.front()->size;
    video->length = static_cast<int64_t>(images.size());
    video->files.clear();
    for (const auto* image : images) {
      places[*image->id] = {id, static_cast<int64_t>(video->files.size())};
      video->files.push_back(image->file);
    }
    lengths[id] = images.size();
  }
  std::map<std::pair<int64_t, int64_t>, Annotation> tracks;  // by video and track id
  std::map<std::pair<const Annotation*, int64_t>, const Annotation*> firsts;  // of a track's frame
  FrameBudget budget(static_cast<int64_t>(file.annotations.size()));
  const AnnotationNames names(file);
  for (Annotation& one : file.annotations) {
    const auto place = one.image ? places.find(*one.image) : places.end();
    if (place == places.end() || !one.track || one.masks.empty()) {
      faults.push_back({names.of(one),
                        place == places.end() ? "its image is not part of a video"
                        : !one.track          ? "has no track_id or instance_id"
                                              : "has no segmentation",
                        "it is left out"});
      continue;
    }
    const auto [video, frame] = place->second;
    auto [entry, fresh] = tracks.try_emplace({video, *one.track});
    if (fresh && !budget.take(static_cast<int64_t>(lengths.at(video)))) {
      tracks.erase(entry);
      faults.push_back({names.of(one),
                        cat("its video has ", lengths.at(video),
                            " images, for which no more tracks fit into memory"),
                        "it is left out"});
      continue;
    }
    Annotation& track = entry->second;
    const auto t = static_cast<size_t>(frame);
    if (fresh) {
      track.video = video;
      track.track = one.track;
      track.category = one.category;
      track.crowd = one.crowd;
      track.masks.resize(lengths.at(video));
      track.areas.emplace(lengths.at(video));
    } else if (track.category != one.category) {
      faults.push_back({names.of(one), cat("track ", *one.track, " had another category before"),
                        "the track keeps its first category"});
    }
    const auto [first, alone] = firsts.try_emplace({&track, frame}, &one);
    const bool joined = join(track.masks[t], std::move(one.masks[0]));
    for (auto& [ignored, parts] : one.polygons)
      track.polygons.emplace_back(frame, std::move(parts));
    if (alone) {
      if (one.areas && !one.areas->empty()) (*track.areas)[t] = one.areas->front();
      continue;
    }
    // The area of the whole is that of its mask.
    (*track.areas)[t].reset();
    faults.push_back({names.of(one),
                      cat("track ", *one.track, " is in this image already, as annotation ",
                          first->second->id.value_or(0)),
                      joined ? "their masks are joined"
                             : "the masks differ in size, so only the first is kept"});
  }
  file.annotations.clear();
  for (auto& [key, track] : tracks) {
    track.id = static_cast<int64_t>(file.annotations.size()) + 1;
    file.annotations.push_back(std::move(track));
  }
}

}  // namespace clipwork
