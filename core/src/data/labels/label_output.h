#pragma once
// What the writers of label files share: a file for each frame, or for each video.

#include <clipwork/host/label_files.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// A frame of a video and its label file.
struct FrameToWrite {
  const AnnotationFile::Video* video;
  std::string picture;         ///< its file name, relative to the folder of pictures
  std::filesystem::path path;  ///< of the label file
  std::vector<std::pair<const AnnotationFile::Annotation*, const MaskRle*>> objects;
};

/// Objects of a file by video. Crowds are left out: labelling tools know none.
class ObjectsToWrite {
 public:
  explicit ObjectsToWrite(const AnnotationFile& file);
  const std::vector<const AnnotationFile::Annotation*>& of(
      const AnnotationFile::Video& video) const;
  const std::string& label(const AnnotationFile::Annotation& object) const;
  /// "2 crowds left out: ...".
  std::vector<std::string> remarks() const;

 private:
  std::map<int64_t, std::vector<const AnnotationFile::Annotation*>> by_video_;
  std::map<int64_t, std::string> labels_;
  int64_t crowds_ = 0;
};

/// The frames of a file in order, each with the path of its label file: the name of its picture
/// with another extension, below a folder.
class FramesToWrite : public ObjectsToWrite {
 public:
  /// Throws InputError where two frames have one path, and where a file is there already.
  FramesToWrite(const AnnotationFile& file, const std::filesystem::path& folder,
                const std::string& extension);
  template <class Each>
  void each(Each&& each) const {
    for (const AnnotationFile::Video& video : file_.videos) {
      for (size_t t = 0; t < static_cast<size_t>(*video.length); ++t) each(frame(video, t));
    }
  }

 private:
  const AnnotationFile& file_;
  const std::filesystem::path folder_;
  const std::string extension_;

  std::filesystem::path path_of(const std::string& picture) const;
  FrameToWrite frame(const AnnotationFile::Video& video, size_t t) const;
};

/// The picture of a frame, relative to the folder in which the label file is.
std::string picture_path(const LabelOutput& output, const FrameToWrite& frame);

/// The picture of a frame; made up where the video lists none.
std::string picture_of(const AnnotationFile::Video& video, size_t t);

/// Throws InputError where there is a file of that name already.
void check_new(const std::filesystem::path& file);

}  // namespace clipwork
