#pragma once
// Names of videos and annotations in messages.

#include <clipwork/data/annotation_file.h>
#include <clipwork/error.h>

#include <map>
#include <string>

namespace clipwork {

/// The name a video goes by: what it says, or the folder of its pictures.
inline std::string video_name(const AnnotationFile::Video& video) {
  if (!video.name.empty() || video.files.empty()) return video.name;
  const std::filesystem::path first = video.files.front();
  return first.has_parent_path() ? first.parent_path().generic_string() : first.stem().string();
}

/// "video 3 (dogs)", of a video with an id.
inline std::string name_of(const AnnotationFile::Video& video) {
  const std::string name = video_name(video);
  return name.empty() ? cat("video ", *video.id) : cat("video ", *video.id, " (", name, ")");
}

class AnnotationNames {
 public:
  explicit AnnotationNames(const AnnotationFile& file) {
    for (const AnnotationFile::Video& video : file.videos) {
      if (video.id) names_.emplace(*video.id, name_of(video));
    }
  }
  /// "video 3 (dogs)".
  std::string video(int64_t id) const {
    const auto found = names_.find(id);
    return found == names_.end() ? cat("video ", id) : found->second;
  }
  /// "video 3 (dogs), annotation 17".
  std::string of(const AnnotationFile::Annotation& annotation) const {
    std::string text;
    if (annotation.video) text = video(*annotation.video) + ", ";
    if (!annotation.video && annotation.image) text = cat("image ", *annotation.image, ", ");
    return annotation.id ? cat(text, "annotation ", *annotation.id)
                         : text + "an annotation without an id";
  }

 private:
  std::map<int64_t, std::string> names_;
};

}  // namespace clipwork
