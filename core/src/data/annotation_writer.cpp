#include <clipwork/data/annotation_file.h>
#include <clipwork/output_file.h>

#include "data/mask_json.h"
#include "data/occlusion.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

using Annotation = AnnotationFile::Annotation;

void write_text(JsonWriter& json, const std::string& text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void text_member(JsonWriter& json, const char* key, const std::string& text) {
  json.Key(key);
  write_text(json, text);
}

void number_member(JsonWriter& json, const char* key, int64_t value) {
  json.Key(key);
  json.Int64(value);
}

/// A list with what `write` makes of each entry.
template <class List, class Write>
void list_member(JsonWriter& json, const char* key, const List& list, Write&& write) {
  json.Key(key);
  json.StartArray();
  for (const auto& one : list) write(one);
  json.EndArray();
}

/// The same where entries may be missing: null.
template <class T, class Write>
void frames_member(JsonWriter& json, const char* key, const std::vector<std::optional<T>>& list,
                   Write&& write) {
  list_member(json, key, list, [&](const std::optional<T>& one) {
    if (one) {
      write(*one);
    } else {
      json.Null();
    }
  });
}

void write_video(JsonWriter& json, const AnnotationFile::Video& video) {
  json.StartObject();
  number_member(json, "id", *video.id);
  text_member(json, "name", video.name);
  number_member(json, "width", video.size.width);
  number_member(json, "height", video.size.height);
  number_member(json, "length", *video.length);
  list_member(json, "file_names", video.files,
              [&](const std::string& file) { write_text(json, file); });
  json.EndObject();
}

void write_category(JsonWriter& json, const AnnotationFile::Category& category) {
  json.StartObject();
  number_member(json, "id", *category.id);
  text_member(json, "name", category.name);
  text_member(json, "supercategory", "object");
  json.EndObject();
}

/// Those of the file where it has them, else those of the masks.
void write_areas(JsonWriter& json, const Annotation& one) {
  json.Key("areas");
  json.StartArray();
  for (size_t t = 0; t < one.masks.size(); ++t) {
    if (!one.masks[t]) {
      json.Null();
    } else if (one.areas && t < one.areas->size() && (*one.areas)[t]) {
      json.Double(*(*one.areas)[t]);
    } else {
      json.Int64(one.masks[t]->area());
    }
  }
  json.EndArray();
}

void write_annotation(JsonWriter& json, const Annotation& one) {
  json.StartObject();
  number_member(json, "id", *one.id);
  number_member(json, "video_id", *one.video);
  number_member(json, "category_id", *one.category);
  number_member(json, "iscrowd", one.crowd.value_or(false));
  frames_member(json, "segmentations", one.masks,
                [&](const MaskRle& mask) { write_mask(json, mask); });
  write_areas(json, one);
  frames_member(json, "bboxes", one.masks, [&](const MaskRle& mask) { write_box(json, mask); });
  if (!one.occlusion.empty()) {
    frames_member(json, "occlusion", one.occlusion,
                  [&](double degree) { json.String(occlusion_word(degree)); });
  }
  json.EndObject();
}

}  // namespace

void write_annotations(const fs::path& path, const AnnotationFile& file) {
  OutputFile output(path);
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  // One entry at a time is in memory as text.
  const auto flush = [&] {
    output.write({buffer.GetString(), buffer.GetSize()});
    buffer.Clear();
  };
  json.StartObject();
  list_member(json, "videos", file.videos, [&](const AnnotationFile::Video& video) {
    write_video(json, video);
    flush();
  });
  list_member(json, "categories", file.categories,
              [&](const AnnotationFile::Category& category) { write_category(json, category); });
  if (file.annotated) {
    list_member(json, "annotations", file.annotations, [&](const Annotation& one) {
      write_annotation(json, one);
      flush();
    });
  }
  json.EndObject();
  flush();
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
