#pragma once
// Annotation files of YouTube-VIS, OVIS and COCO form: read, mended and written.

#include <clipwork/dataset.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// The entries of an annotation file, in its order; masks are run lengths already. Fields that the
/// file leaves out are empty.
struct AnnotationFile {
  struct Video {
    std::optional<int64_t> id;
    std::string name;  ///< of `name`; else the folder of its pictures, once it is mended
    Size size;
    std::optional<int64_t> length;
    std::vector<std::string> files;  ///< of its frames, relative to the image folder
  };
  /// COCO: a still picture, or a frame of a video.
  struct Image {
    std::optional<int64_t> id, video;
    std::optional<int64_t> frame;  ///< `frame_id`, `frame_index` or `frame`
    Size size;
    std::string file;
  };
  struct Category {
    std::optional<int64_t> id;
    std::string name;
  };
  /// Parts in pixels, x and y in turn. They are kept until the size of their video is known.
  using Polygons = std::vector<std::vector<double>>;
  struct Annotation {
    std::optional<int64_t> id, video, category;  ///< category: its id
    std::optional<int64_t> image, track;         ///< COCO
    std::optional<bool> crowd;
    std::vector<std::optional<MaskRle>> masks;                ///< by frame; COCO: one
    std::vector<std::pair<int64_t, Polygons>> polygons;       ///< with their frames
    std::optional<std::vector<std::optional<double>>> areas;  ///< by frame; COCO: one
    /// By frame: 0, 0.25 and 0.75 are OVIS's no, slight and severe occlusion.
    std::vector<std::optional<double>> occlusion;
  };
  std::vector<Video> videos;
  std::vector<Image> images;
  std::vector<Category> categories;
  std::vector<Annotation> annotations;
  bool annotated = false;  ///< whether there is a list of annotations, if only an empty one
};

/// The form in which a file describes videos and their objects.
enum class AnnotationForm {
  videos,    ///< YouTube-VIS, OVIS: videos, and one annotation for each object of a video
  frames,    ///< COCO: images with video ids, and one annotation for each object of a frame
  pictures,  ///< COCO: images that are independent of each other
};

/// An annotation file that is fit for use, whatever its form was.
struct OpenedAnnotations {
  AnnotationForm form;  ///< of the file
  size_t listed = 0;    ///< annotations in the file, including those that were left out
  /// In YouTube-VIS form, mended: `images` is empty and every video and object is complete.
  AnnotationFile file;
  std::vector<DatasetFault> faults;
};

/// Reads a file, makes videos of its images, and mends it. Without `form`, that of the file is
/// taken; `videos` stands for both forms with videos. Damaged masks are faults, and the object is
/// not there in that frame. Backslashes in file names become slashes, and absolute paths become
/// relative to `images`, the folder of the pictures (empty: the known layouts beside the file),
/// where they lead below it. Throws InputError with the place ("annotations[3] (id 7),
/// segmentations") where the file is not JSON, where a field is of the wrong type, and where its
/// form is not the one that was asked for.
OpenedAnnotations open_annotations(const std::string& path,
                                   std::optional<AnnotationForm> form = std::nullopt,
                                   const std::string& images = {});

/// Makes a file of YouTube-VIS form complete: polygons become run lengths, ids are unique and not
/// 0, lists are as long as their video, everything named is there, videos and categories are sorted
/// by id. What it had to change is added to `faults`.
void mend(AnnotationFile& file, std::vector<DatasetFault>& faults);

/// Writes YouTube-VIS form: compressed run lengths, areas and boxes from the masks where the file
/// has no areas. Makes the folder of the file. Throws Error naming the path and the cause.
void write_annotations(const std::filesystem::path& path, const AnnotationFile& file);

/// A data set with all that a file of YouTube-VIS form holds of it.
AnnotationFile to_annotations(const Dataset& dataset);

}  // namespace clipwork
