#pragma once
#include <clipwork/annotation_file.h>
#include <clipwork/dataset.h>

#include <string>
#include <vector>

namespace clipwork {

/// A named part of a data set: a small TOML file that `clipwork dataset split` writes.
struct Split {
  std::string name;
  std::vector<std::string> videos;  ///< sorted names
  std::string hash;                 ///< of the names: what tells two splits apart
  /// Throws InputError where the file is none, or its hash is not that of its names.
  static Split read(const std::string& file);
  static std::string hash_of(const std::vector<std::string>& names);
};

/// Videos whose frames are picture files, and whose objects are in memory as run lengths.
class __attribute__((visibility("default"))) PictureDataset : public Dataset {
 public:
  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  std::vector<AnnotatedTrack> tracks(int64_t index) const override;
  bool annotated() const override { return annotated_; }
  Frame frame(int64_t index, int64_t t) const override;
  std::vector<DatasetFault> faults() const override { return faults_; }

 protected:
  PictureDataset() = default;
  /// Takes over a mended file whose pictures lie below `images`. Pictures that would lie elsewhere
  /// are refused when they are read.
  void take(AnnotationFile file, const std::string& images, std::vector<DatasetFault> faults);
  /// Keeps the videos of the split (a file; none: all). Throws InputError where one is missing.
  void keep(const std::string& split);

  std::vector<Category> categories_;
  std::vector<VideoEntry> videos_;
  std::vector<std::vector<AnnotatedTrack>> tracks_;
  std::vector<DatasetFault> faults_;
  bool annotated_ = false;
  std::string images_;  ///< the folder below which all pictures lie; empty: anywhere
};

/// The folder with the pictures of an annotation file: the first of the known layouts in which a
/// picture is there. Throws InputError with those that were tried.
std::string probe_images(const std::string& annotations, const AnnotationFile& file);

}  // namespace clipwork
