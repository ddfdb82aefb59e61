#include "data/labels/label_pictures.h"

#include <clipwork/data/picture_files.h>
#include <clipwork/error.h>
#include <clipwork/make_component.h>
#include <clipwork/picture_reader.h>
#include <clipwork/read_file.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace clipwork {
namespace fs = std::filesystem;
namespace {

constexpr std::array kExtensions = {".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".pnm"};

bool is_regular(const fs::path& file) {
  std::error_code failed;
  return fs::is_regular_file(file, failed);
}

}  // namespace

bool named_as_picture(const fs::path& file) {
  return !file.filename().string().starts_with('.') &&
         std::find(kExtensions.begin(), kExtensions.end(), lower_extension(file)) !=
             kExtensions.end();
}

std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::vector<fs::path> pictures = picture_files(folder);
  std::erase_if(pictures, [](const fs::path& file) { return !is_regular(file); });
  return pictures;
}

fs::path picture_named(const fs::path& folder, const std::string& stem) {
  for (std::string extension : kExtensions) {
    if (const fs::path file = folder / (stem + extension); is_regular(file)) return file;
    for (char& c : extension) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (const fs::path file = folder / (stem + extension); is_regular(file)) return file;
  }
  return {};
}

std::vector<fs::path> files_below(const fs::path& folder, const std::string& extension,
                                  size_t most) {
  std::vector<fs::path> files;
  std::error_code failed;
  fs::recursive_directory_iterator walk(folder, failed), end;
  for (; !failed && walk != end && files.size() < most; walk.increment(failed)) {
    const fs::path& path = walk->path();
    if (path.extension() == extension && !path.filename().string().starts_with('.') &&
        is_regular(path)) {
      files.push_back(path);
    }
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.native(), b.native());
  });
  return files;
}

std::vector<fs::path> label_files_of(const fs::path& path, const std::string& extension,
                                     const std::function<bool(const fs::path&)>& belongs) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files = files_below(path, extension);
  std::erase_if(files, [&](const fs::path& file) { return !belongs(file); });
  return files;
}

Size size_of_picture(const fs::path& file) {
  if (!is_regular(file)) throw InputError("there is no such picture", file.string());
  const auto reader = make_component<PictureReader>("pictures", Value::table());
  const Tensor picture = reader->read(file.string());
  return {picture.size(1), picture.size(2)};
}

void check_label_file(const fs::path& file, uint64_t most) {
  std::error_code failed;
  if (!is_regular(file)) throw InputError("is not a regular file", file.string());
  const uint64_t size = fs::file_size(file, failed);
  if (failed || size <= most) return;
  throw InputError(cat("has ", size, " bytes, more than the ", most, " that a label file may have"),
                   file.string());
}

std::string read_label_file(const fs::path& file, uint64_t most) {
  check_label_file(file, most);
  return read_file(file);
}

fs::path whole_path(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

bool is_inside(const fs::path& name) {
  return !name.empty() && !name.is_absolute() &&
         std::find(name.begin(), name.end(), "..") == name.end();
}

std::string name_in(const fs::path& folder, const fs::path& file) {
  return file.lexically_relative(folder).generic_string();
}

}  // namespace clipwork
