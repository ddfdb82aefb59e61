#include <clipwork/data/data_paths.h>
#include <clipwork/data/picture_dataset.h>
#include <clipwork/data/picture_files.h>
#include <clipwork/index_picture.h>
#include <clipwork/plugin.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <set>

#include "object_numbers.h"

namespace clipwork::davis {
namespace {

namespace fs = std::filesystem;

/// Subfolders that are not hidden, by name.
std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && entry.is_directory(failed)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The lists of sequences in a folder, by name.
std::vector<fs::path> lists_in(const fs::path& folder) {
  std::vector<fs::path> lists;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    const fs::path& file = entry.path();
    if (!file.filename().string().starts_with('.') && file.extension() == ".txt") {
      lists.push_back(file);
    }
  }
  std::sort(lists.begin(), lists.end());
  return lists;
}

/// The sequences of a list, a line each. DAVIS 2016 has a line for each frame,
/// "/JPEGImages/480p/bear/00000.jpg /Annotations/480p/bear/00000.png".
std::vector<std::string> read_list(const fs::path& file) {
  std::vector<std::string> names;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.starts_with("/JPEGImages/")) {
      line = fs::path(line.substr(0, line.find(' '))).parent_path().filename().string();
    }
    if (!line.empty() && std::find(names.begin(), names.end(), line) == names.end()) {
      names.push_back(line);
    }
  }
  return names;
}

/// The files of one sequence.
struct Sequence {
  std::string name;
  std::vector<fs::path> pictures;  ///< in their order
  std::vector<fs::path> masks;     ///< by picture; empty where there is none
  int64_t annotated = 0;           ///< pictures with masks
  std::vector<fs::path> strays;    ///< PNG files among the masks that belong to no picture
  std::vector<fs::path> foreign;   ///< files in another format, named as masks are
  std::vector<fs::path> repeated;  ///< pictures with the name of another, which are left out
  bool by_number = false;          ///< masks were paired by the numbers of frames, not by names
};

bool by_name(const fs::path& a, const fs::path& b) {
  return natural_less(a.filename().string(), b.filename().string());
}

/// By how much the numbers of all masks are above those of the pictures; none where they are not
/// numbered alike.
std::optional<int64_t> shift_of_masks(const Sequence& sequence) {
  std::vector<fs::path> masks = sequence.strays;
  for (const fs::path& mask : sequence.masks) {
    if (!mask.empty()) masks.push_back(mask);
  }
  if (masks.size() != sequence.pictures.size()) return {};
  std::sort(masks.begin(), masks.end(), by_name);
  std::optional<int64_t> shift;
  for (size_t i = 0; i < masks.size(); ++i) {
    const auto mask = frame_number(masks[i]), picture = frame_number(sequence.pictures[i]);
    if (!mask || !picture || (shift && *mask - *picture != *shift)) return {};
    shift = *mask - *picture;
  }
  return shift;
}

/// Pairs pictures and masks by their names without extension, or where these have nothing in common
/// but their numbers, by these.
Sequence find_files(const std::string& name, const fs::path& pictures, const fs::path& masks) {
  Sequence sequence;
  sequence.name = name;
  std::map<std::string, size_t> places;  // of pictures
  for (const fs::path& file : picture_files(pictures)) {
    if (places.emplace(file.stem().string(), sequence.pictures.size()).second) {
      sequence.pictures.push_back(file);
    } else {
      sequence.repeated.push_back(file);
    }
  }
  sequence.masks.resize(sequence.pictures.size());
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(masks, failed)) {
    const bool hidden = entry.path().filename().string().starts_with('.');
    if (!hidden && !entry.is_directory(failed)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(), by_name);
  for (const fs::path& file : files) {
    const auto place = places.find(file.stem().string());
    if (lower_extension(file) != ".png") {
      if (place != places.end()) sequence.foreign.push_back(file);
    } else if (place == places.end()) {
      sequence.strays.push_back(file);
    } else if (sequence.masks[place->second].empty()) {
      sequence.masks[place->second] = file;
      ++sequence.annotated;
    }
  }
  if (sequence.annotated == 0 && shift_of_masks(sequence) == 0) {
    sequence.by_number = true;
    sequence.annotated = static_cast<int64_t>(sequence.masks.size());
    sequence.masks = std::move(sequence.strays);
    sequence.strays.clear();
  }
  return sequence;
}

/// "3 files of masks/dogs (the first: 00003.jpg)"
std::string described(const std::vector<fs::path>& files) {
  return cat(counted(static_cast<int64_t>(files.size()), "file"), " of ",
             files.front().parent_path().string(),
             files.size() == 1 ? " (" : " (the first: ", files.front().filename().string(), ")");
}

constexpr const char* kLayout =
    "expected JPEGImages/480p/SEQUENCE/00000.jpg and Annotations/480p/SEQUENCE/00000.png; another "
    "subfolder than 480p is the parameter `resolution`";

/// DAVIS 2016 and 2017, YouTube-VOS: folders of pictures, and of PNG masks whose values number the
/// objects. Videos consist of the frames that have masks. Masks are read video by video, when they
/// are asked for.
class Davis final : public PictureDataset {
 public:
  struct Parameters {
    std::string path, split, resolution = "480p", year = "2017";
    void describe(Describer& d) {
      d.file("path", path, "the folder with JPEGImages, Annotations and ImageSets").required();
      d("split", split,
        "a list in ImageSets ('train', 'val'), or a file written by `clipwork dataset split`; "
        "default: all sequences");
      d("resolution", resolution,
        "the subfolder of JPEGImages and Annotations; may be empty, and is if there is no 480p");
      d("year", year, "the subfolder of ImageSets");
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Davis(const Parameters& parameters, const Given&) : root_(find_data(parameters.path)) {
    std::error_code failed;
    fs::path resolution = parameters.resolution;
    if (resolution == "480p" && !fs::is_directory(root_ / "JPEGImages" / resolution, failed)) {
      resolution.clear();
    }
    pictures_ = root_ / "JPEGImages" / resolution;
    masks_ = root_ / "Annotations" / resolution;
    categories_ = {{1, "object"}};
    if (!fs::is_directory(pictures_, failed)) {
      throw InputError("there is no such folder", pictures_.string(), kLayout);
    }
    const bool listed = !parameters.split.empty() && !parameters.split.ends_with(".toml");
    const std::vector<std::string> names =
        listed ? sequences_of_list(parameters) : folders_in(pictures_);
    std::vector<Sequence> sequences;
    for (const std::string& name : names) {
      sequences.push_back(find_files(name, pictures_ / name, masks_ / name));
    }
    annotated_ = has_ground_truth(sequences);
    for (const Sequence& sequence : sequences) add(sequence);
    if (!listed) check_names(names, root_ / "ImageSets" / parameters.year);
    for (DatasetFault& fault : faults_) fault.data = root_.string();
    if (videos_.empty() && !faults_.empty()) {
      throw InputError(cat("none of its sequences can be used, because of ",
                           counted(static_cast<int64_t>(faults_.size()), "fault"),
                           " (the first: ", faults_.front().text(), ")"),
                       root_.string(), kLayout);
    }
    if (parameters.split.ends_with(".toml")) {
      tracks_.resize(videos_.size());
      keep(parameters.split);
    }
    read_some_masks();
  }

  VideoTracks tracks(int64_t index) const override {
    const VideoEntry& video = videos_.at(static_cast<size_t>(index));
    const auto masks = mask_files_.find(video.name);
    if (masks == mask_files_.end()) return {};
    ObjectNumbers numbers(video.length);
    for (int64_t t = 0; t < video.length; ++t) {
      numbers.add(t, read_mask(masks->second[static_cast<size_t>(t)], video.size));
    }
    ObjectNumbers::Reading reading = std::move(numbers).read();
    keep_faults(video, called(video), std::move(reading.faults));
    return std::move(reading.tracks);
  }

  std::vector<DatasetFault> faults() const override {
    std::vector<DatasetFault> all = faults_;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, of_video] : mask_faults_) {
      all.insert(all.end(), of_video.begin(), of_video.end());
    }
    return all;
  }

 private:
  const fs::path root_;
  fs::path pictures_, masks_;
  std::map<std::string, std::vector<fs::path>> mask_files_;  ///< by video, of its frames
  mutable std::mutex mutex_;
  /// By video, of the masks that were read so far.
  mutable std::map<std::string, std::vector<DatasetFault>> mask_faults_;

  static std::string called(const VideoEntry& video) {
    return cat("video ", video.id, " (", video.name, ")");
  }

  void fault(std::string where, std::string problem, std::string mended) {
    faults_.push_back({std::move(where), std::move(problem), std::move(mended)});
  }

  std::vector<std::string> sequences_of_list(const Parameters& parameters) const {
    const fs::path file = root_ / "ImageSets" / parameters.year / (parameters.split + ".txt");
    std::error_code failed;
    if (!fs::is_regular_file(file, failed)) {
      const std::string there = join(lists_in(file.parent_path()),
                                     [](const fs::path& one) { return one.stem().string(); });
      throw InputError("there is no such list of sequences", file.string(),
                       there.empty() ? std::string() : cat("available: ", there));
    }
    std::vector<std::string> names = read_list(file);
    for (const std::string& name : names) below(root_, name);
    return names;
  }

  /// Whether masks are ground truth. Those of test sets show a first frame, to say what to follow.
  bool has_ground_truth(const std::vector<Sequence>& sequences) {
    int64_t annotated = 0, first_frames = 0;
    for (const Sequence& one : sequences) {
      annotated += one.annotated > 0;
      first_frames += one.annotated == 1 && one.pictures.size() > 1;
    }
    if (annotated == 0 || annotated > first_frames) return annotated > 0;
    fault(masks_.string(), "every sequence has the mask of a single frame, as in a test set",
          "these masks are not used, and the data set has no annotations");
    return false;
  }

  void add(const Sequence& sequence) {
    const auto length = static_cast<int64_t>(sequence.pictures.size());
    if (length == 0 || (annotated_ && sequence.annotated == 0)) {
      const std::string where = cat("sequence '", sequence.name, "'");
      if (length > 0) check_files(sequence, where);
      fault(where,
            cat("there are no ", length == 0 ? "pictures" : "masks of pictures", " in ",
                ((length == 0 ? pictures_ : masks_) / sequence.name).string()),
            "it is left out");
      return;
    }
    VideoEntry video;
    video.id = static_cast<int64_t>(videos_.size()) + 1;
    video.name = sequence.name;
    check_files(sequence, called(video));
    if (annotated_ && sequence.annotated < length) {
      fault(called(video),
            cat("masks of ", length - sequence.annotated, " of ", length, " frames are missing"),
            cat("the video consists of the other ", counted(sequence.annotated, "frame")));
    }
    std::vector<fs::path> masks;
    for (size_t i = 0; i < sequence.pictures.size(); ++i) {
      if (annotated_ && sequence.masks[i].empty()) continue;
      video.files.push_back(sequence.pictures[i].string());
      masks.push_back(sequence.masks[i]);
    }
    video.length = static_cast<int64_t>(video.files.size());
    if (annotated_) {
      video.size = index_picture_size(masks.front().string());
      mask_files_.emplace(video.name, std::move(masks));
    } else {
      const Tensor picture = read_picture(video.files.front());
      video.size = {picture.size(1), picture.size(2)};
    }
    videos_.push_back(std::move(video));
  }

  void check_files(const Sequence& sequence, const std::string& where) {
    if (!sequence.repeated.empty()) {
      fault(where, cat("other pictures have the names of ", described(sequence.repeated)),
            "only the first picture of a name is read");
    }
    if (!sequence.foreign.empty()) {
      fault(where, cat("expected masks in PNG format, found ", described(sequence.foreign)),
            "masks in formats that do not keep the numbers of objects are not read");
    }
    if (sequence.by_number) {
      fault(where,
            cat("masks are not named as pictures: ", sequence.masks.front().filename().string(),
                ", ", sequence.pictures.front().filename().string()),
            "they are paired by the numbers in their names");
    }
    if (sequence.strays.empty()) return;
    const std::optional<int64_t> shift = shift_of_masks(sequence);
    fault(where,
          cat(described(sequence.strays), sequence.strays.size() == 1 ? " belongs" : " belong",
              " to no picture",
              shift ? cat(": masks are numbered ", std::abs(*shift),
                          *shift > 0 ? " higher" : " lower", " than pictures")
                    : std::string()),
          "masks are those of the pictures with the same name");
  }

  /// What the lists of sequences and the folders of masks name beside the sequences.
  void check_names(const std::vector<std::string>& names, const fs::path& lists) {
    const std::set<std::string> there(names.begin(), names.end());
    auto missing = [&](const std::vector<std::string>& wanted) {
      std::vector<std::string> others;
      for (const std::string& name : wanted) {
        if (!there.contains(name)) others.push_back(name);
      }
      return others;
    };
    auto report = [&](const fs::path& where, const std::vector<std::string>& others) {
      if (others.empty()) return;
      fault(
          where.string(),
          cat("there are no pictures of ", counted(static_cast<int64_t>(others.size()), "sequence"),
              " (the first: '", others.front(), "')"),
          others.size() == 1 ? "it is left out" : "they are left out");
    };
    for (const fs::path& list : lists_in(lists)) report(list, missing(read_list(list)));
    report(masks_, missing(folders_in(masks_)));
    std::error_code failed;
    if (!fs::is_directory(masks_, failed) && fs::is_directory(root_ / "Annotations", failed)) {
      fault(masks_.string(), "there is no such folder, but there is one above it",
            "the data set has no annotations");
    }
  }

  static IndexPicture read_mask(const fs::path& file, Size size) {
    IndexPicture mask = read_index_picture(file.string());
    if (mask.size != size) {
      throw InputError(cat("the mask is ", mask.size.width, "x", mask.size.height,
                           ", but earlier masks are ", size.width, "x", size.height),
                       file.string());
    }
    return mask;
  }

  /// The first masks of some videos: what is wrong with all masks is then known from the start.
  void read_some_masks() const {
    constexpr size_t kVideos = 100;
    for (size_t i = 0; i < std::min(videos_.size(), kVideos); ++i) {
      const auto masks = mask_files_.find(videos_[i].name);
      if (masks == mask_files_.end()) continue;
      try {
        ObjectNumbers numbers(1);
        numbers.add(0, read_mask(masks->second.front(), videos_[i].size));
        keep_faults(videos_[i], cat(called(videos_[i]), ", frame 0"),
                    std::move(numbers).read().faults);
      } catch (const InputError&) {
        // A damaged mask is an error where the objects of its video are needed.
        continue;
      }
    }
  }

  void keep_faults(const VideoEntry& video, const std::string& where,
                   std::vector<DatasetFault> faults) const {
    for (DatasetFault& fault : faults) {
      fault.where = where;
      fault.data = root_.string();
    }
    const std::lock_guard lock(mutex_);
    mask_faults_[video.name] = std::move(faults);
  }
};

}  // namespace
}  // namespace clipwork::davis

CLIPWORK_PLUGIN(davis, "0.1.0") {
  registry.add<clipwork::davis::Davis>("davis",
                                       "folders of pictures with PNG masks: DAVIS, YouTube-VOS");
}
