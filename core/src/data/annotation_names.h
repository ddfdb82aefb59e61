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

/// A name that fits into a line: with 10000 faults, a long one would fill the memory.
inline std::string shortened(const std::string& name) {
  size_t end = 100;
  if (name.size() <= end) return name;
  const auto is_inside_of_character = [&] { return (name[end] & 0xC0) == 0x80; };
  while (end > 0 && is_inside_of_character()) --end;
  return name.substr(0, end) + "...";
}

/// "video 3 (dogs)", of a video with an id.
inline std::string name_of(const AnnotationFile::Video& video) {
  const std::string name = shortened(video_name(video));
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
