#include <clipwork/data/annotation_file.h>
#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/output_file.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "data/annotation_names.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

using Annotation = AnnotationFile::Annotation;

// Larger values come from a damaged or malicious file: each annotation has a list as long as its
// video.
constexpr int64_t kLongestVideo = 20'000, kLongestSide = 1 << 16, kMostPixels = int64_t{1} << 28;

bool is_size(Size size) {
  return size.height > 0 && size.width > 0 && size.height <= kLongestSide &&
         size.width <= kLongestSide && size.height * size.width <= kMostPixels;
}

/// True if the name, without following links, stays below its root.
bool stays_below(const fs::path& name) {
  return !name.empty() && !name.is_absolute() &&
         std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
}

/// One pass over a file; each function mends one thing.
class Mender {
 public:
  Mender(AnnotationFile& file, std::vector<DatasetFault>& faults)
      : file_(file), faults_(faults), names_(file) {}

  void mend() {
    classes();
    videos();
    if (!file_.annotated && file_.annotations.empty()) return;
    std::erase_if(file_.annotations, [&](const Annotation& one) { return !has_place(one); });
    ids();
    for (Annotation& one : file_.annotations) frames(one);
    std::erase_if(file_.annotations, [&](const Annotation& one) { return is_nowhere(one); });
  }

 private:
  AnnotationFile& file_;
  std::vector<DatasetFault>& faults_;
  const AnnotationNames names_;
  std::map<int64_t, const AnnotationFile::Video*> by_id_;
  std::set<int64_t> left_out_, categories_;
  std::optional<std::map<int64_t, Size>> mask_sizes_;  ///< of videos, by their first masks

  void fault(std::string where, std::string problem, std::string mended) {
    faults_.push_back({std::move(where), std::move(problem), std::move(mended)});
  }

  void classes() {
    std::set<std::string> names;
    std::erase_if(file_.classes, [&](AnnotationFile::Class& one) {
      const std::string where = one.id ? cat("category ", *one.id) : "a category without an id";
      if (!one.id || !categories_.insert(*one.id).second) {
        fault(where, one.id ? "duplicate id" : cat("'", one.name, "' has no id"), "it is left out");
        return true;
      }
      if (one.name.empty()) {
        one.name = cat("class ", *one.id);
        fault(where, "has no name", cat("it is named '", one.name, "'"));
      }
      if (!names.insert(one.name).second) {
        fault(where, cat("another category is also named '", one.name, "'"), "both are kept");
      }
      return false;
    });
    std::sort(file_.classes.begin(), file_.classes.end(),
              [](const auto& a, const auto& b) { return *a.id < *b.id; });
  }

  void videos() {
    std::set<int64_t> ids;
    std::erase_if(file_.videos, [&](AnnotationFile::Video& one) {
      if (!one.id) {
        fault("a video without an id", cat("'", video_name(one), "' has no id"), "it is left out");
        return true;
      }
      const std::string where = names_.video(*one.id);
      if (!ids.insert(*one.id).second) {
        fault(where, cat("duplicate id, here for '", video_name(one), "'"),
              "the second video is left out");
        return true;
      }
      if (sound(one, where)) return false;
      left_out_.insert(*one.id);
      return true;
    });
    std::sort(file_.videos.begin(), file_.videos.end(),
              [](const auto& a, const auto& b) { return *a.id < *b.id; });
    for (const AnnotationFile::Video& one : file_.videos) by_id_[*one.id] = &one;
  }

  /// Mends a video; false where it cannot be.
  bool sound(AnnotationFile::Video& one, const std::string& where) {
    one.name = video_name(one);
    if (one.size == Size{}) one.size = size_of_masks(*one.id);
    if (!is_size(one.size)) {
      fault(where, cat("its size is ", one.size.width, " x ", one.size.height),
            "the video is left out");
      return false;
    }
    for (const std::string& name : one.files) {
      if (stays_below(name)) continue;
      fault(where, cat("the file name '", name, "' leads out of the image folder"),
            "the video is left out");
      return false;
    }
    const auto pictures = static_cast<int64_t>(one.files.size());
    if (pictures == 0) fault(where, "lists no picture files", "its frames cannot be read");
    if (pictures > 0 && one.length != pictures) {
      fault(where,
            one.length ? cat("its length is ", *one.length, ", but it lists ", pictures, " files")
                       : std::string("has no length"),
            cat("it has ", pictures, " frames"));
      one.length = pictures;
    }
    if (!one.length) one.length = length_of_masks(*one.id);
    if (one.length && *one.length > 0 && *one.length <= kLongestVideo) return true;
    fault(where, one.length ? cat("its length is ", *one.length) : "has neither length nor files",
          "the video is left out");
    return false;
  }

  /// The length of the longest list of masks, for a video without a length.
  std::optional<int64_t> length_of_masks(int64_t video) {
    size_t longest = 0;
    for (const Annotation& one : file_.annotations) {
      if (one.video == video) longest = std::max(longest, one.masks.size());
    }
    if (longest == 0) return {};
    fault(names_.video(video), "has neither length nor files",
          cat("it has ", longest, " frames, the length of its longest list of masks"));
    return static_cast<int64_t>(longest);
  }

  /// The size of the first mask, for a video without a size.
  Size size_of_masks(int64_t video) {
    if (!mask_sizes_) {
      mask_sizes_.emplace();
      for (const Annotation& one : file_.annotations) {
        const auto mask = std::find_if(one.masks.begin(), one.masks.end(),
                                       [](const auto& mask) { return mask.has_value(); });
        if (one.video && mask != one.masks.end()) mask_sizes_->emplace(*one.video, (*mask)->size);
      }
    }
    const auto found = mask_sizes_->find(video);
    if (found == mask_sizes_->end()) return {};
    const Size size = found->second;
    fault(names_.video(video), "has no width and height",
          cat("it is ", size.width, " x ", size.height, ", the size of its first mask"));
    return size;
  }

  bool has_place(const Annotation& one) {
    if (one.video && left_out_.contains(*one.video)) return false;
    const std::string where = names_.of(one);
    if (!one.video || !by_id_.contains(*one.video)) {
      fault(where, one.video ? "unknown video" : "has no video_id", "it is left out");
      return false;
    }
    const bool known = one.category && categories_.contains(*one.category);
    if (!known) {
      fault(where, one.category ? cat("unknown category ", *one.category) : "has no category",
            "it is left out");
    }
    return known;
  }

  void ids() {
    std::set<int64_t> given, taken;
    for (const Annotation& one : file_.annotations) given.insert(one.id.value_or(0));
    // Behind the greatest, unless there is no room.
    const int64_t most = given.empty() ? 0 : std::max<int64_t>(0, *given.rbegin());
    int64_t fresh = most < std::numeric_limits<int64_t>::max() / 2 ? most : 0;
    for (Annotation& one : file_.annotations) {
      if (one.id && *one.id != 0 && taken.insert(*one.id).second) continue;
      const std::string where = names_.of(one);
      std::string problem = !one.id        ? "has no id"
                            : *one.id == 0 ? "official evaluators read the id 0 as 'no match'"
                                           : "duplicate id";
      while (given.contains(++fresh)) continue;
      one.id = fresh;
      fault(where, std::move(problem), cat("its id is now ", fresh));
    }
  }

  void frames(Annotation& one) {
    const AnnotationFile::Video& video = *by_id_.at(*one.video);
    const std::string where = names_.of(one);
    const auto length = static_cast<size_t>(*video.length);
    if (!one.crowd) {
      fault(where, "has no iscrowd", "it is not a crowd");
      one.crowd = false;
    }
    for (const auto& [frame, parts] : one.polygons) {
      try {
        one.masks[static_cast<size_t>(frame)] = MaskRle::of_polygons(parts, video.size);
      } catch (const InputError& error) {
        fault(cat(where, ", frame ", frame), error.problem(),
              "the object is absent from this frame");
      }
    }
    one.polygons.clear();
    for (size_t t = 0; t < one.masks.size(); ++t) {
      if (!one.masks[t] || one.masks[t]->size == video.size) continue;
      const Size size = one.masks[t]->size;
      fault(cat(where, ", frame ", t),
            cat("the mask is ", size.width, " x ", size.height, ", the video ", video.size.width,
                " x ", video.size.height),
            "the object is absent from this frame");
      one.masks[t].reset();
    }
    // Masks that are all missing are reported as such, not as a list of the wrong length.
    if (is_empty(one)) return;
    fit(one.masks, length, where, "segmentations");
    if (!one.occlusion.empty()) fit(one.occlusion, length, where, "occlusion");
    areas(one, where, length);
  }

  template <class T>
  void fit(std::vector<T>& list, size_t length, const std::string& where, const char* name) {
    if (list.size() == length) return;
    fault(where, cat(name, " has ", list.size(), " entries, the video ", length, " frames"),
          list.size() > length ? "the rest is left out" : "the remaining entries are empty");
    list.resize(length);
  }

  void areas(Annotation& one, const std::string& where, size_t length) {
    if (!one.areas || one.areas->size() != length) {
      fault(where,
            one.areas
                ? cat("areas has ", one.areas->size(), " entries, the video ", length, " frames")
                : std::string("has no areas"),
            "they are computed from the masks");
      one.areas.emplace(length);
    }
    for (size_t t = 0; t < length; ++t) {
      std::optional<double>& area = (*one.areas)[t];
      if (area && !std::isfinite(*area)) {
        fault(cat(where, ", frame ", t), cat("its area is ", *area),
              "it is computed from the mask");
        area.reset();
      }
      if (one.masks[t] && !area) area = static_cast<double>(one.masks[t]->area());
    }
  }

  static bool is_empty(const Annotation& one) {
    return std::none_of(one.masks.begin(), one.masks.end(),
                        [](const auto& mask) { return mask.has_value(); });
  }
  bool is_nowhere(const Annotation& one) {
    if (!is_empty(one)) return false;
    fault(names_.of(one), "has no mask in any frame", "it is left out");
    return true;
  }
};

void write_video(JsonWriter& json, const AnnotationFile::Video& video) {
  json.begin_object();
  json.member("id", *video.id);
  json.member("name", video.name);
  json.member("width", video.size.width);
  json.member("height", video.size.height);
  json.member("length", *video.length);
  json.member("file_names", video.files);
  json.end_object();
}

void write_mask(JsonWriter& json, const std::optional<MaskRle>& mask) {
  if (!mask) {
    json.null();
    return;
  }
  json.begin_object();
  json.begin_array("size");
  json.value(mask->size.height);
  json.value(mask->size.width);
  json.end_array();
  json.member("counts", mask->compressed());
  json.end_object();
}

void write_box(JsonWriter& json, const std::optional<MaskRle>& mask) {
  if (!mask) {
    json.null();
    return;
  }
  const Box box = mask->box();
  json.begin_array();
  for (const int64_t value : {box.x, box.y, box.width, box.height}) json.value(value);
  json.end_array();
}

void write_annotation(JsonWriter& json, const Annotation& one) {
  json.begin_object();
  json.member("id", *one.id);
  json.member("video_id", *one.video);
  json.member("category_id", *one.category);
  json.member("iscrowd", one.crowd.value_or(false) ? 1 : 0);
  json.begin_array("segmentations");
  for (const auto& mask : one.masks) write_mask(json, mask);
  json.end_array();
  json.begin_array("areas");
  for (size_t t = 0; t < one.masks.size(); ++t) {
    if (!one.masks[t]) {
      json.null();
    } else if (one.areas && t < one.areas->size() && (*one.areas)[t]) {
      json.value(*(*one.areas)[t]);
    } else {
      json.value(one.masks[t]->area());
    }
  }
  json.end_array();
  json.begin_array("bboxes");
  for (const auto& mask : one.masks) write_box(json, mask);
  json.end_array();
  if (!one.occlusion.empty()) {
    json.begin_array("occlusion");
    for (const std::optional<double>& value : one.occlusion) {
      if (!value) {
        json.null();
      } else {
        json.value(*value == 0    ? "no_occlusion"
                   : *value < 0.5 ? "slight_occlusion"
                                  : "severe_occlusion");
      }
    }
    json.end_array();
  }
  json.end_object();
}

}  // namespace

void mend(AnnotationFile& file, std::vector<DatasetFault>& faults) { Mender(file, faults).mend(); }

void pictures_to_videos(AnnotationFile& file) {
  for (AnnotationFile::Image& image : file.images) {
    file.videos.push_back(
        {image.id, fs::path(image.file).stem().string(), image.size, 1, {std::move(image.file)}});
  }
  file.images.clear();
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
    track.masks[t] = std::move(one.masks[0]);
    for (auto& [ignored, parts] : one.polygons)
      track.polygons.emplace_back(frame, std::move(parts));
    if (one.areas && !one.areas->empty()) (*track.areas)[t] = one.areas->front();
  }
  file.images.clear();
  file.annotations.clear();
  for (auto& [key, track] : tracks) {
    track.id = static_cast<int64_t>(file.annotations.size()) + 1;
    file.annotations.push_back(std::move(track));
  }
}

void write_annotations(const fs::path& path, const AnnotationFile& file) {
  OutputFile output(path);
  JsonWriter json(JsonWriter::Form::line);
  // One entry at a time is in memory as text.
  auto flush = [&] { output.write(json.take()); };
  json.begin_object();
  json.begin_array("videos");
  for (const AnnotationFile::Video& video : file.videos) write_video(json, video), flush();
  json.end_array();
  json.begin_array("categories");
  for (const AnnotationFile::Class& one : file.classes) {
    json.begin_object();
    json.member("id", *one.id);
    json.member("name", one.name);
    json.member("supercategory", "object");
    json.end_object();
  }
  json.end_array();
  if (file.annotated) {
    json.begin_array("annotations");
    for (const Annotation& one : file.annotations) write_annotation(json, one), flush();
    json.end_array();
  }
  json.end_object();
  flush();
  output.write("\n");
  output.commit();
}

AnnotationFile to_annotations(const Dataset& dataset) {
  AnnotationFile file;
  file.annotated = dataset.annotated();
  for (const Category& category : dataset.categories()) {
    file.classes.push_back({category.id, category.name});
  }
  int64_t next = 0;
  for (size_t i = 0; i < dataset.videos().size(); ++i) {
    const VideoEntry& entry = dataset.videos()[i];
    AnnotationFile::Video video{entry.id, entry.name, entry.size, entry.length, {}};
    for (const std::string& name : entry.files) {
      video.files.push_back((fs::path(entry.name) / fs::path(name).filename()).generic_string());
    }
    file.videos.push_back(std::move(video));
    for (AnnotatedTrack& track : dataset.tracks(static_cast<int64_t>(i))) {
      Annotation one;
      one.id = ++next;
      one.track = track.id;
      one.video = entry.id;
      one.category = dataset.categories()[static_cast<size_t>(track.category)].id;
      one.crowd = track.crowd;
      one.masks = std::move(track.masks);
      one.occlusion = std::move(track.occlusion);
      if (!track.areas.empty()) one.areas = std::move(track.areas);
      file.annotations.push_back(std::move(one));
    }
  }
  return file;
}

fs::path below(const fs::path& root, const std::string& name) {
  const char* advice = "names in an annotation file are relative to the image folder";
  if (!stays_below(name)) {
    throw InputError(cat("the file name '", name, "' leads out of ", root.string()), {}, advice);
  }
  const fs::path path = root / name;
  std::error_code failed;
  const fs::path real = fs::weakly_canonical(path, failed);
  const fs::path real_root = fs::weakly_canonical(root, failed);
  // A path that does not exist is reported when it is opened.
  if (failed) return path;
  const auto [end, ignored] =
      std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end());
  if (end != real_root.end()) {
    throw InputError(cat("the file is a link that leads out of ", root.string()), path.string(),
                     advice);
  }
  return path;
}

std::string find_data(const std::string& path) {
  std::error_code failed;
  const char* data = std::getenv("CLIPWORK_DATA");
  const bool relative = fs::path(path).is_relative();
  if (relative && data && *data && fs::exists(fs::path(data) / path, failed)) {
    return (fs::path(data) / path).string();
  }
  if (fs::exists(path, failed)) return path;
  std::string tried = "the current folder";
  if (data && *data) tried = cat("CLIPWORK_DATA (", data, ") and ", tried);
  throw InputError("there is no such file or folder", path,
                   relative ? cat("looked for below ", tried,
                                  "; set CLIPWORK_DATA to the folder "
                                  "that holds the data sets")
                            : std::string());
}

}  // namespace clipwork
