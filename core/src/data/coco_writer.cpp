// COCO's form: an image for each frame, an annotation for each object of a frame.

#include <clipwork/host/label_files.h>
#include <clipwork/output_file.h>

#include <algorithm>
#include <map>

#include "data/labels/label_output.h"
#include "data/mask_json.h"

namespace clipwork {
namespace {

using Annotation = AnnotationFile::Annotation;

/// Ids of images: those of videos that are pictures, else running numbers.
class Images {
 public:
  explicit Images(const AnnotationFile& file)
      : stills_(std::all_of(file.videos.begin(), file.videos.end(),
                            [](const auto& video) { return *video.length == 1; })) {
    int64_t next = 1;
    for (const AnnotationFile::Video& video : file.videos) {
      first_[*video.id] = stills_ ? *video.id : next;
      next += *video.length;
    }
  }
  bool stills() const { return stills_; }
  int64_t id(int64_t video, size_t t) const { return first_.at(video) + static_cast<int64_t>(t); }

 private:
  const bool stills_;
  std::map<int64_t, int64_t> first_;  ///< ids of first images by video
};

void write_image(JsonWriter& json, const AnnotationFile::Video& video, size_t t,
                 const Images& images) {
  json.begin_object();
  json.member("id", images.id(*video.id, t));
  json.member("file_name", picture_of(video, t));
  json.member("width", video.size.width);
  json.member("height", video.size.height);
  if (!images.stills()) {
    json.member("video_id", *video.id);
    json.member("frame_id", static_cast<int64_t>(t));
  }
  json.end_object();
}

void write_annotation(JsonWriter& json, const Annotation& one, size_t t, int64_t id,
                      const Images& images) {
  const MaskRle& mask = *one.masks[t];
  const bool has_area = one.areas && t < one.areas->size() && (*one.areas)[t];
  json.begin_object();
  json.member("id", id);
  json.member("image_id", images.id(*one.video, t));
  json.member("category_id", *one.category);
  json.member("iscrowd", one.crowd.value_or(false) ? 1 : 0);
  json.member("area", has_area ? *(*one.areas)[t] : static_cast<double>(mask.area()));
  json.key("bbox");
  write_box(json, mask);
  json.key("segmentation");
  write_mask(json, mask);
  if (!images.stills()) json.member("track_id", *one.id);
  json.end_object();
}

}  // namespace

std::vector<std::string> write_coco(const std::filesystem::path& path, const AnnotationFile& file) {
  const Images images(file);
  OutputFile output(path);
  JsonWriter json(JsonWriter::Form::line);
  json.begin_object();
  if (!images.stills()) {
    json.begin_array("videos");
    for (const AnnotationFile::Video& video : file.videos) {
      json.begin_object();
      json.member("id", *video.id);
      json.member("name", video.name);
      json.end_object();
    }
    json.end_array();
  }
  json.begin_array("images");
  for (const AnnotationFile::Video& video : file.videos) {
    for (size_t t = 0; t < static_cast<size_t>(*video.length); ++t) {
      write_image(json, video, t, images);
    }
    output.write(json.take());
  }
  json.end_array();
  json.begin_array("categories");
  for (const AnnotationFile::Category& category : file.categories) {
    json.begin_object();
    json.member("id", *category.id);
    json.member("name", category.name);
    json.member("supercategory", "object");
    json.end_object();
  }
  json.end_array();
  if (file.annotated) {
    int64_t next = 0;
    json.begin_array("annotations");
    for (const Annotation& one : file.annotations) {
      for (size_t t = 0; t < one.masks.size(); ++t) {
        if (!one.masks[t]) continue;
        // Annotations of pictures keep their ids, those of tracks have one in each frame.
        const int64_t id = images.stills() ? *one.id : ++next;
        write_annotation(json, one, t, id, images);
      }
      output.write(json.take());
    }
    json.end_array();
  }
  json.end_object();
  output.write(json.take());
  output.write("\n");
  output.commit();
  const bool has_occlusion =
      std::any_of(file.annotations.begin(), file.annotations.end(),
                  [](const Annotation& one) { return !one.occlusion.empty(); });
  if (!has_occlusion) return {};
  return {"COCO has no degrees of occlusion: they are left out"};
}

}  // namespace clipwork
