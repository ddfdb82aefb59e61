#include "data/picture_names.h"

#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>

#include <algorithm>
#include <optional>
#include <set>

namespace clipwork {
namespace fs = std::filesystem;
namespace {

/// Calls `each` with every file name.
template <class Each>
void each_name(AnnotationFile& file, Each&& each) {
  for (AnnotationFile::Video& video : file.videos) {
    for (std::string& name : video.files) each(name);
  }
  for (AnnotationFile::Image& image : file.images) each(image.file);
}

/// The beginning of an absolute path that leads to `folder`, with its last slash. None where the
/// path does not lead below the folder, and no ending of it is a file there.
std::optional<std::string> prefix_to(const fs::path& folder, const std::string& name) {
  std::error_code failed;
  std::string prefix = fs::weakly_canonical(fs::absolute(folder, failed), failed).generic_string();
  if (!prefix.ends_with('/')) prefix += '/';
  if (!failed && name.starts_with(prefix)) return prefix;
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    const std::string rest = name.substr(slash + 1);
    if (!fault_of_name(rest, folder.string()).empty()) continue;
    if (fs::is_regular_file(folder / rest, failed)) return name.substr(0, slash + 1);
  }
  return {};
}

/// Makes absolute names relative to one of some folders.
class Relator {
 public:
  explicit Relator(std::vector<fs::path> folders) : folders_(std::move(folders)) {}

  void operator()(std::string& name) {
    if (!is_absolute_name(name)) return;
    if (!name.starts_with(prefix_) || prefix_.empty()) find(name);
    if (prefix_.empty() || !name.starts_with(prefix_)) return;
    if (changed_++ == 0) first_ = name;
    name.erase(0, prefix_.size());
  }

  void report(std::vector<DatasetFault>& faults) const {
    if (changed_ == 0) return;
    faults.push_back({"pictures",
                      cat(changed_, " file names are absolute paths (the first: '", first_, "')"),
                      cat("they are read as relative to ", folders_.front().string())});
  }

 private:
  std::vector<fs::path> folders_;  ///< only the right one, once it is known
  std::string prefix_, first_;
  int64_t changed_ = 0, failed_ = 0;

  void find(const std::string& name) {
    // Each attempt looks for many files, and those of a foreign data set all fail.
    constexpr int64_t kAttempts = 100;
    if (failed_ == kAttempts) return;
    for (const fs::path& folder : folders_) {
      if (const std::optional<std::string> prefix = prefix_to(folder, name)) {
        prefix_ = *prefix;
        folders_ = {fs::path(folder)};
        return;
      }
    }
    ++failed_;
  }
};

}  // namespace

std::vector<fs::path> image_folders(const std::string& annotations) {
  const fs::path path = annotations;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  // "instances_train_sub", "annotations_valid", "train2017": the part is what remains.
  std::vector<std::string> parts;
  for (const char* part : {"train2017", "val2017", "test2017", "train", "valid", "val", "test"}) {
    if (path.stem().string().find(part) != std::string::npos) parts.push_back(part);
  }
  const bool valid = std::find(parts.begin(), parts.end(), "valid") != parts.end();
  const bool val = std::find(parts.begin(), parts.end(), "val") != parts.end();
  if (valid || val) parts.push_back(valid ? "val" : "valid");
  std::vector<fs::path> folders;
  const auto add = [&](const fs::path& one) { folders.push_back(one.lexically_normal()); };
  for (const fs::path& root : {folder, folder / ".."}) {
    for (const std::string& part : parts) {
      add(root / part / "JPEGImages");
      add(root / part);
      add(root / "images" / part);
      add(root / "JPEGImages" / part);
    }
    add(root / "JPEGImages");
    add(root / "JPEGImages" / "480p");
    add(root / "images");
    add(root);
  }
  std::error_code failed;
  // Beside a DAVIS folder, whatever it is called.
  std::set<fs::path> beside;
  for (const auto& entry : fs::directory_iterator(folder, failed)) beside.insert(entry.path());
  for (const fs::path& one : beside) {
    if (!fs::is_directory(one / "JPEGImages", failed)) continue;
    add(one / "JPEGImages");
    add(one / "JPEGImages" / "480p");
  }
  return folders;
}

void relate_names(AnnotationFile& file, const std::string& annotations, const std::string& images,
                  std::vector<DatasetFault>& faults) {
  bool absolute = false;
  each_name(file, [&](std::string& name) {
    std::replace(name.begin(), name.end(), '\\', '/');
    absolute = absolute || is_absolute_name(name);
  });
  if (!absolute) return;
  Relator relate(images.empty() ? image_folders(annotations) : std::vector<fs::path>{images});
  each_name(file, relate);
  relate.report(faults);
}

}  // namespace clipwork
