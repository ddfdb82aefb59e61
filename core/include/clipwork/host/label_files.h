#pragma once
// Files of labelling tools as annotations, and back: labelme, CVAT, Label Studio, YOLO.

#include <clipwork/data/annotation_file.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

/// The labelling tools whose files are read.
enum class LabelTool { labelme, cvat, label_studio, yolo };

/// Whose files a path holds, by their contents; nothing where there are none. Throws InputError
/// where a folder holds files of several tools.
std::optional<LabelTool> label_tool_of(const std::filesystem::path& path);

/// Files in a folder that look like labels, of whatever tool: "3 .json files of labelme", "2 .csv
/// files". Empty where there are none.
std::string label_files_in(const std::filesystem::path& folder);

/// The pictures of a folder by name, numbers in names as numbers, without those of its folders.
/// Empty where there is no such folder.
std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder);

/// Label files to read.
struct LabelSource {
  std::filesystem::path path;  ///< a file, or a folder
  std::string images;          ///< the folder of the pictures; empty: where the labels are
  /// Names of the classes in the order of their ids, which are 1, 2, ...; empty: those of the
  /// files, else all that occur, sorted.
  std::vector<std::string> classes;
  /// Pictures are independent of each other: each is a video of one frame, whatever ids its objects
  /// have. Otherwise those of a folder are one video, if an object of one of them has an id.
  bool stills = false;
};

/// The contents of label files.
struct LabelledData {
  AnnotationFile file;    ///< in YouTube-VIS form, mended
  bool annotated = true;  ///< whether objects are listed, if only none
  std::string images;     ///< the folder to which its file names are relative
  std::vector<DatasetFault> faults;
  std::vector<std::string> remarks;  ///< information that is not read, one sentence each
};

/// Objects of a frame with the same label and `group_id` are parts of one object, as in labelme;
/// those of several frames are a track. Shapes without an area are left out. All readers throw
/// InputError where nothing can be read, naming the first file and its fault.
LabelledData read_labelme(const LabelSource& source);
/// CVAT's XML for video (a task or a project) and for images, versions 1.x. Tracks or shapes of one
/// label and `group_id` are parts of one object. Objects of images are tracks where they have an
/// attribute `track_id`.
LabelledData read_cvat(const LabelSource& source);
/// Label Studio's export "JSON": brushes, polygons, rectangles and ellipses of pictures, sequences
/// of rectangles and polygons of videos. Of several annotations of a task the first counts.
LabelledData read_label_studio(const LabelSource& source);
/// YOLO: `labels/NAME.txt` beside `images/NAME.jpg`, with lines "class x1 y1 x2 y2 ..." in shares
/// of the picture. Four numbers are a box. An odd number of numbers ends with a track id, as
/// trackers write them.
LabelledData read_yolo(const LabelSource& source);

/// How label files are written.
struct LabelOutput {
  std::filesystem::path path;
  std::string images;  ///< the folder of the pictures, where it is known
  /// Corners no further than this from a straightened border are left out; 0: masks stay exact.
  double tolerance = 0;
  bool track_ids = false;  ///< YOLO: lines end with the track id
};

// Files in YouTube-VIS form as label files. Masks become polygons along the borders of their
// pixels; holes and parts are joined by slits without width. A folder is made where there is none.
// Writers return what the format cannot store, one sentence each, and throw InputError for a file
// that exists already: a folder must not mix the labels of two conversions.

/// `path`/PICTURE.json for each frame. Parts of an object are shapes with the same `group_id`.
std::vector<std::string> write_labelme(const LabelOutput& output, const AnnotationFile& file);
/// "CVAT for video 1.1": `path`/VIDEO.xml for each video; "CVAT for images 1.1" in
/// `path`/annotations.xml where every video is a picture. Where there is one file, `path` may be
/// its name. CVAT does not import masks of tracks, therefore tracks have polygons.
std::vector<std::string> write_cvat(const LabelOutput& output, const AnnotationFile& file);
/// `path`/labels/PICTURE.txt for each frame, and data.yaml.
std::vector<std::string> write_yolo(const LabelOutput& output, const AnnotationFile& file);
/// COCO: images with `video_id`, `frame_id`, annotations with `track_id`; without them where every
/// video is a picture.
std::vector<std::string> write_coco(const std::filesystem::path& path, const AnnotationFile& file);

}  // namespace clipwork
