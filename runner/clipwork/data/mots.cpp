#include "data/mots.h"

#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>
#include <clipwork/index_picture.h>
#include <clipwork/output_file.h>
#include <clipwork/text.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

using Annotation = AnnotationFile::Annotation;

const std::string kNoNames = "MOTS stores the ids of classes, not their names";

constexpr int64_t kPerClass = 1000, kIgnored = 10000, kMostFrames = 20'000;

std::vector<fs::path> sorted(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// Gathers masks by sequence, object and frame.
class Gatherer {
 public:
  void start(const std::string& name) {
    file_.videos.push_back({static_cast<int64_t>(file_.videos.size()) + 1, name, {}, 0, {}});
    tracks_.clear();
  }
  void add(int64_t frame, int64_t number, int64_t type, MaskRle mask) {
    AnnotationFile::Video& video = file_.videos.back();
    video.length = std::max(*video.length, frame + 1);
    if (video.size == Size{}) video.size = mask.size;
    if (number == kIgnored || type == kIgnored / kPerClass) return;
    const auto [entry, fresh] = tracks_.try_emplace(number, file_.annotations.size());
    if (fresh) {
      Annotation one;
      one.id = static_cast<int64_t>(file_.annotations.size()) + 1;
      one.track = number;
      one.video = video.id;
      one.category = type;
      one.crowd = false;
      file_.annotations.push_back(std::move(one));
      classes_.insert(type);
    }
    Annotation& one = file_.annotations[entry->second];
    if (one.masks.size() <= static_cast<size_t>(frame)) one.masks.resize(size_t(frame) + 1);
    one.masks[static_cast<size_t>(frame)] = std::move(mask);
  }
  /// Pictures were there, so frames without an object count too.
  void reach(int64_t frame, Size size) {
    AnnotationFile::Video& video = file_.videos.back();
    video.length = std::max(*video.length, frame + 1);
    if (video.size == Size{}) video.size = size;
  }
  AnnotationFile done() {
    for (const int64_t type : classes_) {
      // The two that the benchmarks know.
      file_.categories.push_back({type, type == 1   ? "car"
                                        : type == 2 ? "pedestrian"
                                                    : cat("class ", type)});
    }
    for (AnnotationFile::Video& video : file_.videos) {
      for (int64_t t = 0; t < *video.length; ++t) {
        video.files.push_back(cat(video.name, "/", padded(t, 6), ".jpg"));
      }
    }
    for (Annotation& one : file_.annotations) {
      const auto length = *file_.videos[static_cast<size_t>(*one.video - 1)].length;
      one.masks.resize(static_cast<size_t>(length));
      one.areas.emplace();
      for (const auto& mask : one.masks) {
        one.areas->push_back(mask ? std::optional(static_cast<double>(mask->area()))
                                  : std::nullopt);
      }
    }
    file_.annotated = true;
    return std::move(file_);
  }

 private:
  AnnotationFile file_;
  std::map<int64_t, size_t> tracks_;  ///< annotations of the sequence by number
  std::set<int64_t> classes_;
};

void read_lines(const fs::path& path, Gatherer& gatherer, std::vector<DatasetFault>& faults) {
  std::ifstream stream(path);
  if (!stream) throw InputError("the file cannot be read", path.string());
  gatherer.start(path.stem().string());
  int64_t line_number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++line_number;
    std::istringstream words(line);
    int64_t frame = -1, number = 0, type = 0;
    Size size;
    std::string code;
    if (line.empty()) continue;
    const std::string where = cat(path.string(), ":", line_number);
    if (!(words >> frame >> number >> type >> size.height >> size.width >> code) || frame < 0 ||
        frame >= kMostFrames) {
      faults.push_back(
          {where, "expected \"frame number class height width code\"", "it is left out"});
      continue;
    }
    try {
      gatherer.add(frame, number, type, MaskRle::parse(code, size));
    } catch (const InputError& error) {
      faults.push_back({where, error.problem(), "it is left out"});
    }
  }
}

/// The annotations of each video, in file order.
std::map<int64_t, std::vector<const Annotation*>> by_video(const AnnotationFile& file) {
  std::map<int64_t, std::vector<const Annotation*>> groups;
  for (const Annotation& one : file.annotations) groups[*one.video].push_back(&one);
  return groups;
}

/// Draws the frames of a video, a number an object; of two on a pixel the first stands.
class Painter {
 public:
  explicit Painter(Remarks& remarks) : remarks_(remarks) {}

  template <class Write>
  void paint(const AnnotationFile::Video& video, const std::vector<const Annotation*>& objects,
             const std::vector<int64_t>& numbers, const Write& write) {
    int64_t lost = 0;
    for (int64_t t = 0; t < *video.length; ++t) {
      IndexPicture picture{video.size, {}};
      picture.values.resize(static_cast<size_t>(video.size.height * video.size.width));
      for (size_t i = 0; i < objects.size(); ++i) {
        const auto& mask = objects[i]->masks[static_cast<size_t>(t)];
        if (mask) lost += draw(*mask, static_cast<uint16_t>(numbers[i]), picture);
      }
      write(t, picture);
    }
    if (lost == 0) return;
    remarks_.push_back(cat("video '", video.name, "': ", lost,
                           " pixels of overlapping masks were assigned to the first one"));
  }

 private:
  Remarks& remarks_;

  static int64_t draw(const MaskRle& mask, uint16_t number, IndexPicture& picture) {
    int64_t position = 0, lost = 0;
    for (size_t run = 0; run < mask.counts.size(); ++run) {
      const int64_t end = position + mask.counts[run];
      for (; run % 2 == 1 && position < end; ++position) {
        uint16_t& value = picture.values[static_cast<size_t>(
            position % mask.size.height * mask.size.width + position / mask.size.height)];
        lost += value != 0;
        if (value == 0) value = number;
      }
      position = end;
    }
    return lost;
  }
};

/// MOTS's numbers: class * 1000 and a count within the class.
std::vector<int64_t> mots_numbers(const std::vector<const Annotation*>& objects) {
  std::map<int64_t, int64_t> next;
  std::vector<int64_t> numbers;
  for (const Annotation* one : objects) {
    const int64_t type = *one->category, instance = next[type]++;
    // 10 is the class of what is ignored, and numbers have 16 bits.
    if (type < 1 || type > 64 || type == kIgnored / kPerClass || instance >= kPerClass) {
      throw InputError(cat("category ", type, ", object ", instance,
                           " has no MOTS number, which is class * 1000 + instance"),
                       {}, "class ids must be 1 to 64, except 10");
    }
    numbers.push_back(type * kPerClass + instance);
  }
  return numbers;
}

/// A sequence's folder below `root`; names with folders in them make them.
fs::path sequence(const fs::path& root, const AnnotationFile::Video& video) {
  const fs::path folder = below(root, video.name);
  fs::create_directories(folder);
  return folder;
}

}  // namespace

AnnotationFile read_mots_text(const fs::path& path, std::vector<DatasetFault>& faults) {
  Gatherer gatherer;
  if (!fs::is_directory(path)) {
    read_lines(path, gatherer, faults);
    return gatherer.done();
  }
  for (const fs::path& file : sorted(path)) {
    if (file.extension() == ".txt") read_lines(file, gatherer, faults);
  }
  return gatherer.done();
}

AnnotationFile read_mots_pictures(const fs::path& path, std::vector<DatasetFault>& faults) {
  Gatherer gatherer;
  for (const fs::path& folder : sorted(path)) {
    if (!fs::is_directory(folder)) continue;
    gatherer.start(folder.filename().string());
    for (const fs::path& file : sorted(folder)) {
      if (file.extension() != ".png") continue;
      const std::string stem = file.stem().string();
      int64_t frame = -1;
      const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), frame);
      if (error != std::errc() || *end != '\0' || frame < 0 || frame >= kMostFrames) {
        faults.push_back({file.string(), "the file name is not a frame number", "it is left out"});
        continue;
      }
      const IndexPicture picture = read_index_picture(file.string());
      gatherer.reach(frame, picture.size);
      for (auto& [number, mask] : masks_by_value(picture)) {
        gatherer.add(frame, number, number / kPerClass, std::move(mask));
      }
    }
  }
  return gatherer.done();
}

Remarks write_mots_text(const fs::path& folder, const AnnotationFile& file) {
  auto groups = by_video(file);
  for (const AnnotationFile::Video& video : file.videos) {
    const std::vector<const Annotation*>& objects = groups[*video.id];
    const std::vector<int64_t> numbers = mots_numbers(objects);
    std::string text;
    for (int64_t t = 0; t < *video.length; ++t) {
      for (size_t i = 0; i < objects.size(); ++i) {
        const auto& mask = objects[i]->masks[static_cast<size_t>(t)];
        if (!mask || mask->empty()) continue;
        text += cat(t, " ", numbers[i], " ", *objects[i]->category, " ", mask->size.height, " ",
                    mask->size.width, " ", mask->compressed(), "\n");
      }
    }
    const fs::path path = below(folder, video.name + ".txt");
    fs::create_directories(path.parent_path());
    write_file(path, text);
  }
  return {kNoNames,
          "frames are numbered from 0; MOTS does not allow overlapping masks, which is not checked "
          "here"};
}

Remarks write_mots_pictures(const fs::path& folder, const AnnotationFile& file) {
  Remarks remarks = {kNoNames};
  auto groups = by_video(file);
  for (const AnnotationFile::Video& video : file.videos) {
    const fs::path root = sequence(folder, video);
    const std::vector<const Annotation*>& objects = groups[*video.id];
    Painter(remarks).paint(video, objects, mots_numbers(objects),
                           [&](int64_t t, const IndexPicture& picture) {
                             write_index_picture((root / (padded(t, 6) + ".png")).string(), picture,
                                                 IndexForm::grey16);
                           });
  }
  return remarks;
}

Remarks write_davis(const fs::path& folder, const AnnotationFile& file) {
  constexpr size_t kMostObjects = 254;  // 255 is nobody's
  Remarks remarks;
  auto groups = by_video(file);
  std::string names;
  for (const AnnotationFile::Video& video : file.videos) {
    const std::vector<const Annotation*>& objects = groups[*video.id];
    if (objects.size() > kMostObjects) {
      throw InputError(cat("video '", video.name, "' has ", objects.size(),
                           " objects; a palette is limited to ", kMostObjects));
    }
    std::vector<int64_t> numbers;
    for (size_t i = 0; i < objects.size(); ++i) numbers.push_back(static_cast<int64_t>(i) + 1);
    const fs::path root = sequence(folder / "Annotations" / "480p", video);
    Painter(remarks).paint(video, objects, numbers, [&](int64_t t, const IndexPicture& picture) {
      // Masks are found by the names of their pictures.
      const std::string stem =
          video.files.empty() ? padded(t, 5) : fs::path(video.files[size_t(t)]).stem().string();
      write_index_picture((root / (stem + ".png")).string(), picture, IndexForm::palette);
    });
    names += video.name + "\n";
  }
  fs::create_directories(folder / "ImageSets" / "2017");
  write_file(folder / "ImageSets" / "2017" / "all.txt", names);
  remarks.push_back("pictures are not copied: they belong in " +
                    (folder / "JPEGImages" / "480p").string() + "; classes are not kept");
  return remarks;
}

}  // namespace clipwork::runs
