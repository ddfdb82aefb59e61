#include <clipwork/data/data_paths.h>
#include <clipwork/data/picture_dataset.h>
#include <clipwork/index_picture.h>
#include <clipwork/plugin.h>
#include <clipwork/text.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>

namespace {

using namespace clipwork;
namespace fs = std::filesystem;

std::vector<fs::path> entries(const fs::path& folder, const char* extension) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const fs::path& path = entry.path();
    if (!path.filename().string().starts_with('.') && path.extension() == extension) {
      found.push_back(path);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The index of ignored pixels in YouTube-VOS.
constexpr int64_t kNobody = 255;

/// DAVIS 2017, YouTube-VOS: folders of pictures and of palette PNG masks. Masks are read
/// video by video, when they are asked for.
class Davis final : public PictureDataset {
 public:
  struct Parameters {
    std::string path, split, resolution = "480p", year = "2017";
    void describe(Describer& d) {
      d.file("path", path, "the folder with JPEGImages, Annotations and ImageSets").required();
      d("split", split,
        "a list in ImageSets ('train', 'val'), or a file written by `clipwork dataset split`; "
        "default: all sequences");
      d("resolution", resolution, "the subfolder of JPEGImages and Annotations; may be empty");
      d("year", year, "the subfolder of ImageSets");
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Davis(const Parameters& parameters, const Given&) {
    const fs::path root = find_data(parameters.path);
    const fs::path pictures = root / "JPEGImages" / parameters.resolution;
    masks_ = root / "Annotations" / parameters.resolution;
    categories_ = {{1, "object"}};
    std::error_code failed;
    if (!fs::is_directory(pictures, failed)) {
      throw InputError("there is no such folder", pictures.string(),
                       "expected JPEGImages/480p/SEQUENCE/00000.jpg, "
                       "Annotations/480p/SEQUENCE/00000.png; see `resolution`");
    }
    const bool listed = !parameters.split.empty() && !parameters.split.ends_with(".toml");
    for (const std::string& name : listed ? list(root, parameters) : folders(pictures)) {
      add(pictures / name, name);
    }
    if (parameters.split.ends_with(".toml")) {
      tracks_.resize(videos_.size());
      keep(parameters.split);
    }
  }

  VideoTracks tracks(int64_t index) const override {
    const VideoEntry& video = videos_.at(static_cast<size_t>(index));
    std::map<int64_t, AnnotatedTrack> tracks;
    for (int64_t t = 0; t < video.length; ++t) {
      const fs::path file = mask_file(video, t);
      std::error_code failed;
      // Test sets have masks of first frames alone.
      if (!fs::exists(file, failed)) continue;
      const IndexPicture picture = read_index_picture(file.string());
      if (picture.size != video.size) {
        throw InputError(cat("the mask is ", picture.size.width, "x", picture.size.height,
                             ", but earlier masks are ", video.size.width, "x", video.size.height),
                         file.string());
      }
      for (auto& [number, mask] : masks_by_value(picture)) {
        if (number == kNobody) continue;
        AnnotatedTrack& track = tracks[number];
        track.id = number;
        track.masks.resize(static_cast<size_t>(video.length));
        track.masks[static_cast<size_t>(t)] = std::move(mask);
      }
    }
    std::vector<AnnotatedTrack> found;
    for (auto& [number, track] : tracks) found.push_back(std::move(track));
    return found;
  }

 private:
  fs::path masks_;

  fs::path mask_file(const VideoEntry& video, int64_t t) const {
    const fs::path picture = video.files[static_cast<size_t>(t)];
    return masks_ / video.name / picture.stem().concat(".png");
  }

  static std::vector<std::string> folders(const fs::path& pictures) {
    std::vector<std::string> names;
    for (const fs::path& folder : entries(pictures, "")) {
      if (fs::is_directory(folder)) names.push_back(folder.filename().string());
    }
    return names;
  }

  static std::vector<std::string> list(const fs::path& root, const Parameters& parameters) {
    const fs::path file = root / "ImageSets" / parameters.year / (parameters.split + ".txt");
    std::ifstream stream(file);
    if (!stream) {
      const std::string there = join(entries(file.parent_path(), ".txt"),
                                     [](const fs::path& one) { return one.stem().string(); });
      throw InputError("there is no such list of sequences", file.string(),
                       there.empty() ? std::string() : cat("available: ", there));
    }
    std::vector<std::string> names;
    for (std::string line; std::getline(stream, line);) {
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
      if (line.empty()) continue;
      below(root, line);
      names.push_back(line);
    }
    return names;
  }

  void add(const fs::path& folder, const std::string& name) {
    VideoEntry video;
    video.id = static_cast<int64_t>(videos_.size()) + 1;
    video.name = name;
    for (const char* extension : {".jpg", ".jpeg", ".png"}) {
      for (const fs::path& file : entries(folder, extension)) video.files.push_back(file.string());
    }
    const std::string where = cat("video ", video.id, " (", name, ")");
    if (video.files.empty()) {
      faults_.push_back({where, "there are no pictures in " + folder.string(), "it is left out"});
      return;
    }
    video.length = static_cast<int64_t>(video.files.size());
    int64_t masks = 0;
    for (int64_t t = 0; t < video.length; ++t) {
      std::error_code failed;
      const fs::path file = mask_file(video, t);
      if (!fs::exists(file, failed)) continue;
      if (masks++ == 0) video.size = index_picture_size(file.string());
    }
    if (masks > 0) {
      annotated_ = true;
    } else {
      const Tensor picture = read_picture(video.files.front());
      video.size = {picture.size(1), picture.size(2)};
    }
    videos_.push_back(std::move(video));
  }
};

}  // namespace

CLIPWORK_PLUGIN(davis, "0.1.0") {
  registry.add<Davis>("davis", "folders of pictures with palette PNG masks: DAVIS, YouTube-VOS");
}
