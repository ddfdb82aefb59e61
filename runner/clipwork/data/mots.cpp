#include "data/mots.h"

#include <clipwork/data/data_paths.h>
#include <clipwork/data/picture_files.h>
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

/// One object of a sequence.
struct Object {
  int64_t type = 0;  ///< its class
  std::map<int64_t, MaskRle> masks;
};

struct Sequence {
  std::string name;
  Size size;
  std::set<int64_t> frames;           ///< with a line or a picture
  std::map<int64_t, Object> objects;  ///< by number
};

/// Adds the mask of an object. Throws InputError where it has another size than earlier ones.
void add_mask(Sequence& sequence, int64_t frame, int64_t number, int64_t type, MaskRle mask,
              const std::string& where, std::vector<DatasetFault>& faults) {
  if (sequence.size == Size{}) sequence.size = mask.size;
  if (mask.size != sequence.size) {
    throw InputError(cat("the mask is ", mask.size.width, "x", mask.size.height,
                         ", but earlier masks are ", sequence.size.width, "x",
                         sequence.size.height));
  }
  sequence.frames.insert(frame);
  if (number == kIgnored || type == kIgnored / kPerClass) return;
  const auto [entry, fresh] = sequence.objects.try_emplace(number);
  Object& object = entry->second;
  if (fresh) object.type = type;
  if (object.type != type) {
    faults.push_back({where,
                      cat("object ", number, " has class ", type, ", but before ", object.type),
                      "it keeps its first class"});
  }
  const auto [known, first] = object.masks.try_emplace(frame, mask);
  if (first) return;
  faults.push_back({where, cat("object ", number, " already has a mask in frame ", frame),
                    "its mask is the union of both"});
  known->second = unite(known->second, mask);
}

/// The pictures of a sequence below `images`, by frame number; empty where there are none.
std::map<int64_t, fs::path> pictures_of(const std::string& name, const fs::path& images) {
  std::map<int64_t, fs::path> pictures;
  for (const fs::path& folder : {images / name / "img1", images / name}) {
    for (const fs::path& file : picture_files(folder)) {
      if (const auto number = frame_number(file)) pictures.emplace(*number, file);
    }
    if (!pictures.empty()) break;
  }
  return pictures;
}

/// Makes an annotation file of sequences.
class Assembler {
 public:
  Assembler(const fs::path& path, const std::string& images, std::vector<DatasetFault>& faults)
      : path_(path), images_(images), faults_(faults) {}

  AnnotationFile assemble(std::vector<Sequence> sequences) {
    const auto is_there = [](const Sequence& one) { return !one.frames.empty(); };
    if (images_.empty() && std::any_of(sequences.begin(), sequences.end(), is_there)) {
      make_up_names(sequences);
    }
    for (Sequence& one : sequences) add(one);
    for (const int64_t type : classes_) {
      // The two that the benchmarks know.
      file_.categories.push_back({type, type == 1   ? "car"
                                        : type == 2 ? "pedestrian"
                                                    : cat("class ", type)});
    }
    file_.annotated = true;
    return std::move(file_);
  }

 private:
  const fs::path path_;
  const std::string images_;
  std::vector<DatasetFault>& faults_;
  AnnotationFile file_;
  std::set<int64_t> classes_;
  int64_t first_frame_ = 0;

  void make_up_names(const std::vector<Sequence>& sequences) {
    const bool from_0 = std::any_of(sequences.begin(), sequences.end(),
                                    [](const Sequence& one) { return one.frames.contains(0); });
    first_frame_ = from_0 ? 0 : 1;
    faults_.push_back({path_.string(), "MOTS does not store the names of pictures",
                       cat("they become '", sequences.front().name, "/", padded(first_frame_, 6),
                           ".jpg', ...; --images FOLDER takes the names of its pictures")});
    if (from_0) return;
    faults_.push_back({path_.string(), "no sequence has a frame 0",
                       "frames are counted from 1, as in MOTSChallenge"});
  }

  void add(Sequence& sequence) {
    std::map<int64_t, fs::path> pictures;
    if (images_.empty()) {
      const int64_t last = sequence.frames.empty() ? -1 : *sequence.frames.rbegin();
      for (int64_t t = first_frame_; t <= last; ++t) {
        pictures.emplace(t, cat(sequence.name, "/", padded(t, 6), ".jpg"));
      }
    } else {
      for (const auto& [number, file] : pictures_of(sequence.name, images_)) {
        pictures.emplace(number, file.lexically_relative(images_));
      }
    }
    const std::string where = cat("sequence '", sequence.name, "'");
    if (pictures.empty() || sequence.size == Size{}) {
      faults_.push_back({where,
                         sequence.size == Size{} ? "has no line that can be read"
                                                 : cat("has no pictures in ", images_),
                         "it is left out"});
      return;
    }
    std::map<int64_t, size_t> places;  // of frames
    AnnotationFile::Video video{static_cast<int64_t>(file_.videos.size()) + 1,
                                sequence.name,
                                sequence.size,
                                static_cast<int64_t>(pictures.size()),
                                {}};
    for (const auto& [number, file] : pictures) {
      places.emplace(number, video.files.size());
      video.files.push_back(file.generic_string());
    }
    report_missing_pictures(sequence, pictures, where);
    for (auto& [number, object] : sequence.objects) add(number, object, places, *video.id);
    file_.videos.push_back(std::move(video));
  }

  void report_missing_pictures(const Sequence& sequence,
                               const std::map<int64_t, fs::path>& pictures,
                               const std::string& where) {
    std::vector<int64_t> missing;
    for (const int64_t frame : sequence.frames) {
      if (!pictures.contains(frame)) missing.push_back(frame);
    }
    if (missing.empty()) return;
    faults_.push_back({where,
                       cat(missing.size(), " of its frames have no picture (the first: ",
                           missing.front(), "); the pictures are numbered ",
                           pictures.begin()->first, " to ", pictures.rbegin()->first),
                       "these frames are left out"});
  }

  void add(int64_t number, Object& object, const std::map<int64_t, size_t>& places, int64_t video) {
    std::erase_if(object.masks, [&](const auto& entry) { return !places.contains(entry.first); });
    if (object.masks.empty()) return;
    Annotation one;
    one.masks.resize(places.size());
    one.areas.emplace(places.size());
    for (auto& [frame, mask] : object.masks) {
      const size_t place = places.at(frame);
      one.areas->at(place) = static_cast<double>(mask.area());
      one.masks[place] = std::move(mask);
    }
    one.id = static_cast<int64_t>(file_.annotations.size()) + 1;
    one.track = number;
    one.video = video;
    one.category = object.type;
    one.crowd = false;
    classes_.insert(object.type);
    file_.annotations.push_back(std::move(one));
  }
};

struct Line {
  int64_t frame = 0, number = 0, type = 0;
  Size size;
  std::string code;
};

int64_t whole_number(const std::string& word) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) {
    throw InputError(cat("expected a whole number, found '", word, "'"));
  }
  return number;
}

Line parse_line(const std::string& text) {
  constexpr size_t kWords = 6;
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) words.push_back(word);
  if (words.size() != kWords) {
    throw InputError(cat("expected \"frame number class height width code\", found ",
                         counted(static_cast<int64_t>(words.size()), "value"),
                         words.size() == 1 && text.find(',') != std::string::npos
                             ? " separated by commas, not spaces"
                         : words.size() == kWords + 1
                             ? ", like results with a score before the code"
                             : ""));
  }
  Line line{whole_number(words[0]),
            whole_number(words[1]),
            whole_number(words[2]),
            {whole_number(words[3]), whole_number(words[4])},
            words[5]};
  if (line.frame < 0 || line.frame >= kMostFrames) {
    throw InputError(cat("expected a frame from 0 to ", kMostFrames - 1, ", found ", line.frame));
  }
  if (line.code.starts_with("b'") || line.code.starts_with("b\"")) {
    throw InputError("the code is written as Python prints bytes, b'...'; write code.decode()");
  }
  return line;
}

/// The name of a sequence: SEQUENCE of SEQUENCE.txt and of SEQUENCE/gt/gt.txt.
std::string sequence_name(const fs::path& file) {
  const fs::path folder = file.parent_path();
  const bool challenge = file.filename() == "gt.txt" && folder.filename() == "gt";
  return challenge ? fs::absolute(folder).parent_path().filename().string() : file.stem().string();
}

Sequence read_lines(const fs::path& path, std::vector<DatasetFault>& faults) {
  // A file of another format fails in every line.
  constexpr int64_t kReported = 3;
  std::ifstream stream(path);
  if (!stream) throw InputError("the file cannot be read", path.string());
  Sequence sequence;
  sequence.name = sequence_name(path);
  int64_t line_number = 0, failed = 0;
  for (std::string text; std::getline(stream, text);) {
    ++line_number;
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = cat(path.string(), ":", line_number);
    try {
      const Line line = parse_line(text);
      add_mask(sequence, line.frame, line.number, line.type, MaskRle::parse(line.code, line.size),
               where, faults);
    } catch (const InputError& error) {
      if (failed++ < kReported) faults.push_back({where, error.problem(), "it is left out"});
    }
  }
  if (failed > kReported) {
    faults.push_back({path.string(), cat(failed - kReported, " more lines cannot be read"),
                      "they are left out"});
  }
  return sequence;
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

AnnotationFile read_mots_text(const fs::path& path, const std::string& images,
                              std::vector<DatasetFault>& faults) {
  std::vector<Sequence> sequences;
  if (!fs::is_directory(path)) {
    sequences.push_back(read_lines(path, faults));
  } else {
    for (const fs::path& file : sorted(path)) {
      const fs::path challenge = file / "gt" / "gt.txt";
      if (file.extension() == ".txt") {
        sequences.push_back(read_lines(file, faults));
      } else if (fs::exists(challenge)) {
        sequences.push_back(read_lines(challenge, faults));
      }
    }
  }
  return Assembler(path, images, faults).assemble(std::move(sequences));
}

AnnotationFile read_mots_pictures(const fs::path& path, const std::string& images,
                                  std::vector<DatasetFault>& faults) {
  std::vector<Sequence> sequences;
  for (const fs::path& folder : sorted(path)) {
    if (!fs::is_directory(folder)) continue;
    Sequence& sequence = sequences.emplace_back();
    sequence.name = folder.filename().string();
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
      // Frames without an object count too.
      sequence.frames.insert(frame);
      if (sequence.size == Size{}) sequence.size = picture.size;
      try {
        for (auto& [number, mask] : masks_by_value(picture)) {
          add_mask(sequence, frame, number, number / kPerClass, std::move(mask), file.string(),
                   faults);
        }
      } catch (const InputError& error) {
        faults.push_back({file.string(), error.problem(), "its objects are left out"});
      }
    }
  }
  return Assembler(path, images, faults).assemble(std::move(sequences));
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
