#include "data/labels/label_output.h"

#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>
#include <clipwork/text.h>

#include "data/labels/label_pictures.h"

namespace clipwork {
namespace fs = std::filesystem;

using Annotation = AnnotationFile::Annotation;

ObjectsToWrite::ObjectsToWrite(const AnnotationFile& file) {
  for (const AnnotationFile::Category& category : file.categories) {
    labels_[*category.id] = category.name;
  }
  for (const Annotation& one : file.annotations) {
    if (one.crowd.value_or(false)) {
      ++crowds_;
    } else {
      by_video_[*one.video].push_back(&one);
    }
  }
}

const std::vector<const Annotation*>& ObjectsToWrite::of(const AnnotationFile::Video& video) const {
  static const std::vector<const Annotation*> kNone;
  const auto found = by_video_.find(*video.id);
  return found == by_video_.end() ? kNone : found->second;
}

const std::string& ObjectsToWrite::label(const Annotation& object) const {
  return labels_.at(*object.category);
}

std::vector<std::string> ObjectsToWrite::remarks() const {
  if (crowds_ == 0) return {};
  return {cat(counted(crowds_, "crowd"), " left out: the format cannot mark them")};
}

FramesToWrite::FramesToWrite(const AnnotationFile& file, const fs::path& folder,
                             const std::string& extension)
    : ObjectsToWrite(file), file_(file), folder_(folder), extension_(extension) {
  std::set<fs::path> paths;
  for (const AnnotationFile::Video& video : file.videos) {
    for (size_t t = 0; t < static_cast<size_t>(*video.length); ++t) {
      const fs::path path = path_of(picture_of(video, t));
      if (!paths.insert(path).second) {
        throw InputError(cat("two pictures would have this label file, one of them '",
                             picture_of(video, t), "'"),
                         path.string());
      }
      check_new(path);
    }
  }
}

fs::path FramesToWrite::path_of(const std::string& picture) const {
  return below(folder_, fs::path(picture).replace_extension(extension_).string());
}

FrameToWrite FramesToWrite::frame(const AnnotationFile::Video& video, size_t t) const {
  FrameToWrite frame{&video, picture_of(video, t), {}, {}};
  frame.path = path_of(frame.picture);
  for (const Annotation* object : of(video)) {
    const std::optional<MaskRle>& mask = object->masks[t];
    if (mask && !mask->empty()) frame.objects.emplace_back(object, &*mask);
  }
  return frame;
}

std::string picture_path(const LabelOutput& output, const FrameToWrite& frame) {
  if (output.images.empty()) return fs::path(frame.picture).filename().string();
  const fs::path picture = whole_path(fs::path(output.images) / frame.picture);
  return picture.lexically_relative(whole_path(frame.path).parent_path()).generic_string();
}

std::string picture_of(const AnnotationFile::Video& video, size_t t) {
  if (t < video.files.size()) return video.files[t];
  return cat(video.name, "/", padded(static_cast<int64_t>(t), 6), ".jpg");
}

void check_new(const fs::path& file) {
  std::error_code failed;
  if (fs::exists(file, failed)) {
    throw InputError("exists already", file.string(), "choose another folder with --out");
  }
}

}  // namespace clipwork
