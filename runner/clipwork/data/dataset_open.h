#pragma once
// Opens the path arguments of `clipwork dataset`.

#include <clipwork/data/annotation_file.h>
#include <clipwork/dataset.h>

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

/// A data set that was opened by its path.
struct OpenDataset {
  std::string form;  ///< "YouTube-VIS", "COCO pictures", "COCO frames with track ids", "DAVIS", ...
  std::shared_ptr<Dataset> dataset;
  /// The repaired annotation file, if the data set has a single one.
  std::optional<AnnotationFile> file;
  std::string images;  ///< the folder of the pictures; empty where none was found
  std::string images_problem;
};

/// An annotation file, a folder with one, a DAVIS folder, files of a labelling tool, a video or a
/// folder of videos. `images`
/// may be empty: then they are looked for. Throws InputError where it is none of these, or where a
/// folder has several annotation files, naming them.
OpenDataset open_dataset(const std::string& path, const std::string& images);

}  // namespace clipwork::runs
