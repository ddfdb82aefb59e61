#pragma once
// The base of data sets whose frames are picture files listed by an annotation file.

#include <clipwork/api.h>
#include <clipwork/data/annotation_file.h>
#include <clipwork/dataset.h>
#include <clipwork/parameters.h>
#include <clipwork/picture_reader.h>

#include <filesystem>
#include <memory>
#include <mutex>
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

/// The places of an annotation file and its pictures: parameters that such data sets share.
struct CLIPWORK_API AnnotationPlace {
  std::string path;         ///< the folder of the data set, in a known layout
  std::string annotations;  ///< the annotation file, where the layout is another
  std::string images;       ///< the folder of the pictures; empty: by the known layouts
  std::string split;        ///< a part of the layout, or a file of `clipwork dataset split`
  void describe(Describer& d);
  /// Throws InputError where neither `path` nor `annotations` is given, or a split that is no file
  /// beside `annotations`.
  void check() const;
  /// The annotation file that `annotations`, or `path` with `split`, names. Throws InputError with
  /// the places that were looked at.
  std::string annotation_file() const;
  /// The file of the split; empty: all videos.
  std::string split_file() const;

 private:
  /// "valid"; of the data that a split's file divides, "train".
  std::string part() const;
  std::string search() const;
};

/// Videos whose frames are picture files, and whose objects are in memory as run lengths.
class CLIPWORK_API PictureDataset : public Dataset {
 public:
  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  VideoTracks tracks(int64_t index) const override;
  bool annotated() const override { return annotated_; }
  Frame frame(int64_t index, int64_t t) const override;
  std::vector<DatasetFault> faults() const override { return faults_; }

 protected:
  PictureDataset() = default;
  /// Opens the annotation file of a place, in this form as `open_annotations` takes it, and keeps
  /// the videos of its split. Throws InputError where the file, its pictures or its split are not
  /// found or not sound, and where faults leave no video or no annotation.
  void open(const AnnotationPlace& place, AnnotationForm form);
  /// Takes over a file whose pictures lie below `images`. Pictures that would lie elsewhere are
  /// refused when they are read.
  void take(OpenedAnnotations opened, const std::string& images);
  /// Keeps the videos of the split (a file; none: all). Throws InputError where one is missing.
  void keep(const std::string& split);
  /// A picture: uint8 RGB [3, H, W]. Throws InputError naming the file, or where no plugin reads
  /// pictures.
  Tensor read_picture(const std::string& file) const;

  std::vector<Category> categories_;
  std::vector<VideoEntry> videos_;
  std::vector<VideoTracks> tracks_;  ///< by video
  std::vector<DatasetFault> faults_;
  bool annotated_ = false;
  std::string images_;  ///< the folder below which all pictures lie; empty: anywhere

 private:
  mutable std::once_flag reader_made_;
  mutable std::shared_ptr<const PictureReader> reader_;
};

/// Where the annotation file of a part ("train", "valid"; empty: of a data set without parts) may
/// lie in the folder of a data set.
std::vector<std::filesystem::path> known_annotations(const std::filesystem::path& folder,
                                                     const std::string& part);

/// The folder with the pictures of an annotation file: the first of the known layouts in which a
/// picture is there. Throws InputError with those that were tried.
std::string probe_images(const std::string& annotations, const AnnotationFile& file);

}  // namespace clipwork
