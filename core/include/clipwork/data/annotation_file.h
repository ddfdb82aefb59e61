#pragma once
// Annotation files of YouTube-VIS, OVIS and COCO form.

#include <clipwork/dataset.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// An annotation file as it stands, in its own order; masks are run lengths already. What the file
/// leaves out is empty.
struct AnnotationFile {
  struct Video {
    std::optional<int64_t> id;
    std::string name;  ///< of `name`; else the folder of its pictures, once it is mended
    Size size;
    std::optional<int64_t> length;
    std::vector<std::string> files;  ///< a picture a frame, relative to the image folder
  };
  /// COCO: a still picture, or a frame of a video.
  struct Image {
    std::optional<int64_t> id, video;
    std::optional<int64_t> frame;  ///< `frame_id`, `frame_index` or `frame`
    Size size;
    std::string file;
  };
  /// Parts in pixels, x and y in turn. They are kept until the size of their video is known.
  using Polygons = std::vector<std::vector<double>>;
  struct Annotation {
    std::optional<int64_t> id, video, category;  ///< category: its id
    std::optional<int64_t> image, track;         ///< COCO
    std::optional<bool> crowd;
    std::vector<std::optional<MaskRle>> masks;                ///< one a frame; COCO: one
    std::vector<std::pair<int64_t, Polygons>> polygons;       ///< by frame
    std::optional<std::vector<std::optional<double>>> areas;  ///< one a frame; COCO: one
    /// 0, 0.25 or 0.75 a frame: OVIS's no, slight and severe occlusion.
    std::vector<std::optional<double>> occlusion;
  };
  struct Class {
    std::optional<int64_t> id;
    std::string name;
  };
  std::vector<Video> videos;
  std::vector<Image> images;
  std::vector<Class> classes;
  std::vector<Annotation> annotations;
  bool annotated = false;  ///< whether there is a list of annotations, if only an empty one
};

/// Reads a file in one pass: iteratively, at full precision, NaN and Infinity as Python writes
/// them. What is wrong with single masks is added to `faults`, and the object is not there in that
/// frame. Throws InputError with the place ("annotations[3].segmentations") where the file is no
/// JSON, or a field is of another kind than it must be.
AnnotationFile read_annotations(const std::string& file, std::vector<DatasetFault>& faults);

/// Each picture as a video of one frame, its objects as tracks of one frame.
void pictures_to_videos(AnnotationFile& file);
/// Pictures with video ids and frame numbers as videos, objects of one track id as one track. What
/// cannot be placed is left out.
void frames_to_videos(AnnotationFile& file, std::vector<DatasetFault>& faults);

/// Makes a sound file of it: polygons become run lengths, ids are unique and not 0, lists are as
/// long as their video, everything named is there, videos and classes are sorted by id. What it
/// had to change is added to `faults`.
void mend(AnnotationFile& file, std::vector<DatasetFault>& faults);

/// Writes YouTube-VIS form: compressed run lengths, areas and boxes from the masks where the file
/// has no areas. Throws Error naming the path and the cause.
void write_annotations(const std::filesystem::path& path, const AnnotationFile& file);

/// A data set with all that a file of YouTube-VIS form holds of it.
AnnotationFile to_annotations(const Dataset& dataset);

/// A file below `root`. Throws InputError where the name is absolute, climbs out by "..", or is a
/// symbolic link that leads out.
std::filesystem::path below(const std::filesystem::path& root, const std::string& name);

/// Where a relative path lies: below $CLIPWORK_DATA if that has it, else below the current folder.
/// Throws InputError, naming both, where it is nowhere.
std::string find_data(const std::string& path);

}  // namespace clipwork
