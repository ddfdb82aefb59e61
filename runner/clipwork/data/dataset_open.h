#pragma once
// Opens the path arguments of `clipwork dataset`.

#include <clipwork/data/annotation_file.h>
#include <clipwork/dataset.h>
#include <clipwork/host/config.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork::runs {

/// A known layout: its tree as people write it, and the paths by which it is recognised.
struct DatasetLayout {
  std::string name;
  std::vector<std::pair<std::string, std::string>> tree;  ///< path, and what it is
};
const std::vector<DatasetLayout>& dataset_layouts();

/// The annotation files of YouTube-VIS and COCO form in a folder, by the names that are known.
std::vector<std::filesystem::path> annotation_files(const std::filesystem::path& folder);

/// Forms of data sets that are treated differently from others.
inline constexpr const char* kCocoPictures = "COCO pictures";
inline constexpr const char* kCocoFrames = "COCO with track ids";

/// A data set that was opened by its path.
struct OpenDataset {
  /// kCocoPictures, kCocoFrames, "YouTube-VIS", "DAVIS", ...; of a config's, its name and split.
  std::string form;
  std::shared_ptr<const Dataset> dataset;
  /// The repaired annotation file, if the data set has a single one.
  std::optional<AnnotationFile> file;
  /// The folder of the pictures, or a phrase for those of a config; empty where none was found.
  std::string images;
  std::string images_problem;
};

/// An annotation file, a folder with one, a DAVIS folder, files of a labelling tool, a video, a
/// folder of videos, or a config, with `changes`, for the data set of its [data.eval]. `images` may
/// be empty: then they are looked for. Throws InputError where it is none of these, or where a
/// folder has several annotation files, naming them.
OpenDataset open_dataset(const std::string& path, const std::string& images,
                         const std::vector<Override>& changes = {});

/// Throws InputError, with the first fault, where no video is left of a data set, or where it was
/// annotated and faults leave no annotation.
void check_not_emptied(const AnnotationFile& file, bool annotated,
                       const std::vector<DatasetFault>& faults, const std::string& path);

}  // namespace clipwork::runs
