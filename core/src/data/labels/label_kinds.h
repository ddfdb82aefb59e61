#pragma once
// Label files by their first bytes.

#include <filesystem>

namespace clipwork {

bool is_labelme(const std::filesystem::path& file);
bool is_label_studio(const std::filesystem::path& file);
bool is_cvat(const std::filesystem::path& file);
/// Lines of numbers in a folder "labels" of `folder`, or beside a picture of the same name.
bool is_yolo(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace clipwork
