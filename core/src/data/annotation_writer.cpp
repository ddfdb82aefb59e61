#include <clipwork/data/annotation_file.h>
#include <clipwork/output_file.h>

#include "data/mask_json.h"
#include "data/occlusion.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

using Annotation = AnnotationFile::Annotation;

/// A list with an entry for each frame: written by `write`, or null where it is missing.
template <class T, class Write>
void frames_member(JsonWriter& json, const char* key, const std::vector<std::optional<T>>& list,
                   Write&& write) {
  json.begin_array(key);
  for (const std::optional<T>& one : list) {
    if (one) {
      write(*one);
    } else {
      json.null();
    }
  }
  json.end_array();
}

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

void write_category(JsonWriter& json, const AnnotationFile::Category& category) {
  json.begin_object();
  json.member("id", *category.id);
  json.member("name", category.name);
  json.member("supercategory", "object");
  json.end_object();
}

/// The areas of the file, or those of the masks where it has none.
void write_areas(JsonWriter& json, const Annotation& one) {
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
}

void write_annotation(JsonWriter& json, const Annotation& one) {
  json.begin_object();
  json.member("id", *one.id);
  json.member("video_id", *one.video);
  json.member("category_id", *one.category);
  json.member("iscrowd", one.crowd.value_or(false) ? 1 : 0);
  frames_member(json, "segmentations", one.masks,
                [&](const MaskRle& mask) { write_mask(json, mask); });
  write_areas(json, one);
  frames_member(json, "bboxes", one.masks, [&](const MaskRle& mask) { write_box(json, mask); });
  if (!one.occlusion.empty()) {
    frames_member(json, "occlusion", one.occlusion,
                  [&](double degree) { json.value(occlusion_word(degree)); });
  }
  json.end_object();
}

}  // namespace

void write_annotations(const fs::path& path, const AnnotationFile& file) {
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  OutputFile output(path);
  JsonWriter json(JsonWriter::Form::line);
  json.begin_object();
  json.begin_array("videos");
  // One entry at a time is in memory as text.
  for (const AnnotationFile::Video& video : file.videos) {
    write_video(json, video);
    output.write(json.take());
  }
  json.end_array();
  json.begin_array("categories");
  for (const AnnotationFile::Category& category : file.categories) write_category(json, category);
  json.end_array();
  if (file.annotated) {
    json.begin_array("annotations");
    for (const Annotation& one : file.annotations) {
      write_annotation(json, one);
      output.write(json.take());
    }
    json.end_array();
  }
  json.end_object();
  output.write(json.take());
  output.write("\n");
  output.commit();
}

AnnotationFile to_annotations(const Dataset& dataset) {
  AnnotationFile file;
  file.annotated = dataset.annotated();
  for (const Category& category : dataset.categories()) {
    file.categories.push_back({category.id, category.name});
  }
  int64_t next = 0;
  for (size_t i = 0; i < dataset.videos().size(); ++i) {
    const VideoEntry& entry = dataset.videos()[i];
    AnnotationFile::Video video{entry.id, entry.name, entry.size, entry.length, {}};
    for (const std::string& name : entry.files) {
      video.files.push_back((fs::path(entry.name) / fs::path(name).filename()).generic_string());
    }
    file.videos.push_back(std::move(video));
    for (const AnnotatedTrack& track : dataset.tracks(static_cast<int64_t>(i))) {
      Annotation one;
      one.id = ++next;
      one.track = track.id;
      one.video = entry.id;
      one.category = dataset.categories()[static_cast<size_t>(track.category)].id;
      one.crowd = track.crowd;
      one.masks = track.masks;
      one.occlusion = track.occlusion;
      if (!track.areas.empty()) one.areas = track.areas;
      file.annotations.push_back(std::move(one));
    }
  }
  return file;
}

}  // namespace clipwork
