#pragma once
// File names of pictures in annotation files, and the folder that they are relative to.

#include <clipwork/data/annotation_file.h>

#include <filesystem>
#include <string>
#include <vector>

namespace clipwork {

/// The folders of the known layouts that may have the pictures of an annotation file, the likeliest
/// first.
std::vector<std::filesystem::path> image_folders(const std::string& annotations);

/// Turns the backslashes of file names into slashes, and absolute paths into names relative to
/// `images`, or where it is empty to one of `image_folders`: a path loses the part that leads to
/// that folder, by its name or because the rest is a file there. `faults` reports absolute paths
/// that became relative; others stay as they are.
void relate_names(AnnotationFile& file, const std::string& annotations, const std::string& images,
                  std::vector<DatasetFault>& faults);

}  // namespace clipwork
