#include "data/annotation_forms.h"

#include <clipwork/data/frame_budget.h>
#include <clipwork/data/picture_files.h>
#include <clipwork/error.h>
#include <clipwork/text.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>

#include "data/annotation_names.h"

namespace clipwork {
namespace fs = std::filesystem;

using Annotation = AnnotationFile::Annotation;
using Image = AnnotationFile::Image;
using Frames = std::vector<const Image*>;

namespace {

/// Adds the pixels of a part to a mask. False, and nothing is added, where their sizes differ.
bool join(std::optional<MaskRle>& mask, std::optional<MaskRle> part) {
  if (!part) return true;
  if (mask && mask->size != part->size) return false;
  mask = mask ? unite(*mask, *part) : std::move(*part);
  return true;
}

/// What the names of the frames of a video have in common: "v1/frame_" of "v1/frame_0012.jpg".
std::string common_name(const Image& image) {
  const fs::path file = image.file;
  std::string stem = file.stem().string();
  while (!stem.empty() && stem.back() >= '0' && stem.back() <= '9') stem.pop_back();
  return (file.parent_path() / stem).generic_string();
}

bool have_video_ids(const AnnotationFile& file) {
  return std::any_of(file.images.begin(), file.images.end(),
                     [](const Image& image) { return image.video.has_value(); });
}

/// Whether a track id occurs in two images that `group_of` gives the same group.
template <class GroupOf>
bool tracks_span_images(const AnnotationFile& file, const GroupOf& group_of) {
  std::unordered_map<int64_t, const Image*> images;
  std::map<std::pair<std::string, int64_t>, int64_t> seen;  ///< image ids
  for (const Annotation& one : file.annotations) {
    if (!one.track || !one.image) continue;
    if (images.empty()) {
      for (const Image& image : file.images) {
        if (image.id) images.emplace(*image.id, &image);
      }
    }
    const auto image = images.find(*one.image);
    if (image == images.end()) continue;
    const auto [first, fresh] =
        seen.try_emplace({group_of(*image->second), *one.track}, *one.image);
    if (!fresh && first->second != *one.image) return true;
  }
  return false;
}

/// Gives every image the id of a video, by what file names have in common.
void number_videos(AnnotationFile& file, std::vector<DatasetFault>& faults) {
  std::map<std::string, int64_t> ids;
  for (const Image& image : file.images) ids.emplace(common_name(image), 0);
  file.videos.clear();
  for (auto& [common, id] : ids) {
    id = static_cast<int64_t>(file.videos.size()) + 1;
    const size_t end = common.find_last_not_of("/_-. ");
    AnnotationFile::Video video;
    video.id = id;
    video.name = end == std::string::npos ? "video" : common.substr(0, end + 1);
    file.videos.push_back(std::move(video));
  }
  for (Image& image : file.images) image.video = ids.at(common_name(image));
  faults.push_back({"images", "no image has a video_id",
                    cat("by their folders and names, the ", file.images.size(), " images become ",
                        counted(static_cast<int64_t>(ids.size()), "video"), " (the first: '",
                        file.videos.front().name, "')")});
}

/// Sorts the frames of a video by their numbers, and where these are equal or missing by name.
void sort_frames(Frames& frames, const std::string& where, std::vector<DatasetFault>& faults) {
  const auto numbered = std::count_if(frames.begin(), frames.end(),
                                      [](const Image* one) { return one->frame.has_value(); });
  const bool by_number = numbered == static_cast<int64_t>(frames.size());
  std::stable_sort(frames.begin(), frames.end(), [by_number](const Image* a, const Image* b) {
    if (by_number && *a->frame != *b->frame) return *a->frame < *b->frame;
    return natural_less(a->file, b->file);
  });
  if (!by_number) {
    if (numbered == 0) return;
    faults.push_back({where,
                      cat("only ", numbered, " of ", frames.size(), " images have a frame_id"),
                      "the frames are in the order of their file names"});
    return;
  }
  const auto equal = [](const Image* a, const Image* b) { return *a->frame == *b->frame; };
  const auto pair = std::adjacent_find(frames.begin(), frames.end(), equal);
  if (pair == frames.end()) return;
  const Image *first = *pair, *second = *std::next(pair);
  faults.push_back({where,
                    cat("several images have the same frame_id (the first: ", *first->frame,
                        ", of '", first->file, "' and '", second->file, "')"),
                    "these frames are in the order of their file names"});
}

/// The size of the first frame that has one.
Size size_of(const Frames& frames, const std::string& where, std::vector<DatasetFault>& faults) {
  const Image* first = nullptr;
  const Image* other = nullptr;
  int64_t others = 0;
  for (const Image* one : frames) {
    if (one->size == Size{}) continue;
    if (!first) first = one;
    if (one->size == first->size) continue;
    if (!other) other = one;
    ++others;
  }
  if (!first) return {};
  if (other) {
    faults.push_back(
        {where,
         cat(others, " of ", frames.size(), " images have another size than ", first->size.width,
             "x", first->size.height, " (the first: '", other->file, "', ", other->size.width, "x",
             other->size.height, ")"),
         "a video has one size: these frames cannot be read, and their masks are left out"});
  }
  return first->size;
}

}  // namespace

AnnotationForm form_of(const AnnotationFile& file) {
  const bool by_image =
      file.annotations.empty()
          ? std::all_of(file.videos.begin(), file.videos.end(),
                        [](const AnnotationFile::Video& video) { return video.files.empty(); })
          : std::any_of(file.annotations.begin(), file.annotations.end(),
                        [](const Annotation& one) { return one.image.has_value(); });
  if (file.images.empty() || !by_image) return AnnotationForm::videos;
  return have_video_ids(file) || tracks_span_images(file, common_name) ? AnnotationForm::frames
                                                                       : AnnotationForm::pictures;
}

void pictures_to_videos(AnnotationFile& file, std::vector<DatasetFault>& faults) {
  if (tracks_span_images(file, [](const Image&) { return std::string(); })) {
    faults.push_back({"images",
                      have_video_ids(file) ? "track ids occur in several images"
                                           : "no image has a video_id, but track ids occur in "
                                             "several images",
                      "every picture becomes a video of one frame, and the track ids are lost"});
  }
  for (Image& image : file.images) {
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
  if (!have_video_ids(file)) number_videos(file, faults);
  std::map<int64_t, Frames> videos;
  std::set<int64_t> ids;
  for (const Image& image : file.images) {
    const char* problem = !image.id                       ? "has no id"
                          : !image.video                  ? "has no video_id"
                          : !ids.insert(*image.id).second ? "has the id of another image"
                                                          : nullptr;
    if (problem) {
      faults.push_back({cat("image '", image.file, "'"), problem, "it is left out"});
    } else {
      videos[*image.video].push_back(&image);
    }
  }
  std::map<int64_t, Place> places;  // of images
  std::map<int64_t, size_t> lengths;
  for (auto& [id, images] : videos) {
    auto video = std::find_if(file.videos.begin(), file.videos.end(),
                              [id = id](const auto& one) { return one.id == id; });
    if (video == file.videos.end()) {
      video = file.videos.insert(video, AnnotationFile::Video{});
      video->id = id;
    }
    video->files = {images.front()->file};
    const std::string where = name_of(*video);
    sort_frames(images, where, faults);
    if (const Size size = size_of(images, where, faults); size != Size{}) video->size = size;
    video->length = static_cast<int64_t>(images.size());
    video->files.clear();
    for (const Image* image : images) {
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

void find_repeated_tracks(const AnnotationFile& file, std::vector<DatasetFault>& faults) {
  const AnnotationNames names(file);
  std::map<std::pair<int64_t, int64_t>, const Annotation*> first;  // by video and track id
  for (const Annotation& one : file.annotations) {
    if (!one.video || !one.track) continue;
    const auto [entry, fresh] = first.try_emplace({*one.video, *one.track}, &one);
    if (fresh) continue;
    faults.push_back({names.of(one),
                      cat("has the track_id ", *one.track, " of ", names.of(*entry->second)),
                      "both are kept, as two tracks"});
  }
}

}  // namespace clipwork
