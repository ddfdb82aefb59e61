#include <clipwork/config_table.h>
#include <clipwork/dataset.h>
#include <clipwork/plugin.h>
#include <clipwork/ref.h>
#include <clipwork/suggestion.h>

#include <algorithm>
#include <map>
#include <optional>

namespace {

using namespace clipwork;

/// Still pictures as videos: each picture stands for `frames` equal frames, its objects for tracks
/// that are there in all of them. Classes go through a map by name; what it does not name is left
/// out, as are pictures that keep no object.
class PseudoClips final : public Dataset {
 public:
  struct Parameters {
    Ref<Dataset> pictures;
    int64_t frames = 4;
    std::map<std::string, std::string> classes;
    std::string class_map;
    void describe(Describer& d) {
      d("pictures", pictures, "the data set with the pictures, videos of one frame").required();
      d("frames", frames, "number of frames in a clip").range(1, 1000);
      d("classes", classes,
        "new class names by old ones; classes that are not listed are left out; without this and "
        "class_map, all are kept");
      d("class_map", class_map,
        "a config with such a table `classes`, for example "
        "clipwork:_base_/class_maps/coco_to_ytvis2019.toml");
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  PseudoClips(const Parameters& parameters, const Given&)
      : pictures_(std::dynamic_pointer_cast<Dataset>(parameters.pictures.component)),
        frames_(parameters.frames) {
    std::map<std::string, std::string> names = parameters.classes;
    if (!parameters.class_map.empty()) names.merge(read(parameters.class_map));
    for (const Category& category : pictures_->categories()) {
      const auto entry = names.find(category.name);
      if (!names.empty() && entry == names.end()) {
        class_.emplace_back();
      } else {
        class_.push_back(number_of(names.empty() ? category.name : entry->second));
      }
    }
    check(parameters.classes);
    for (size_t i = 0; i < pictures_->videos().size(); ++i) {
      const VideoEntry& picture = pictures_->videos()[i];
      if (picture.length != 1) {
        throw InputError(cat("video '", picture.name, "' has ", picture.length,
                             " frames, expected pictures of one frame"),
                         "dataset 'pseudo_clips'");
      }
      if (pictures_->annotated() && kept(static_cast<int64_t>(i)).empty()) continue;
      VideoEntry clip = picture;
      clip.length = frames_;
      if (!picture.files.empty()) {
        clip.files.assign(static_cast<size_t>(frames_), picture.files.front());
      }
      videos_.push_back(std::move(clip));
      source_.push_back(static_cast<int64_t>(i));
    }
  }

  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  bool annotated() const override { return pictures_->annotated(); }
  std::vector<DatasetFault> faults() const override { return pictures_->faults(); }
  VideoTracks tracks(int64_t index) const override {
    std::vector<AnnotatedTrack> tracks = kept(source_.at(static_cast<size_t>(index)));
    for (AnnotatedTrack& track : tracks) {
      const auto frames = static_cast<size_t>(frames_);
      track.masks.resize(frames, track.masks.front());
      if (!track.occlusion.empty()) track.occlusion.resize(frames, track.occlusion.front());
      if (!track.areas.empty()) track.areas.resize(frames, track.areas.front());
    }
    return tracks;
  }
  Frame frame(int64_t index, int64_t t) const override {
    Frame frame = pictures_->frame(source_.at(static_cast<size_t>(index)), 0);
    frame.index = t;
    frame.seconds = static_cast<double>(t);
    return frame;
  }

 private:
  std::shared_ptr<Dataset> pictures_;
  int64_t frames_;
  std::vector<Category> categories_;
  std::vector<std::optional<int64_t>> class_;  ///< by class of the pictures
  std::vector<VideoEntry> videos_;
  std::vector<int64_t> source_;  ///< the picture of each clip

  static std::map<std::string, std::string> read(const std::string& file) {
    const Value config = read_config_table(file);
    Faults faults;
    struct Table {
      std::map<std::string, std::string> classes;
      void describe(Describer& d) { d("classes", classes, "new names by old names").required(); }
    };
    auto table = read_parameters<Table>(&config, "", faults);
    faults.raise();
    return table.classes;
  }

  int64_t number_of(const std::string& name) {
    for (size_t i = 0; i < categories_.size(); ++i) {
      if (categories_[i].name == name) return static_cast<int64_t>(i);
    }
    const auto next = static_cast<int64_t>(categories_.size());
    categories_.push_back({next + 1, name});
    return next;
  }

  /// A misspelt class would vanish without a word.
  void check(const std::map<std::string, std::string>& names) const {
    std::vector<std::string> there;
    for (const Category& category : pictures_->categories()) there.push_back(category.name);
    for (const auto& [name, ignored] : names) {
      if (std::find(there.begin(), there.end(), name) != there.end()) continue;
      throw InputError(
          cat("the class map contains '", name, "', which is not a class of the pictures"),
          "dataset 'pseudo_clips'", did_you_mean(name, there));
    }
  }

  std::vector<AnnotatedTrack> kept(int64_t picture) const {
    std::vector<AnnotatedTrack> tracks;
    for (const AnnotatedTrack& track : pictures_->tracks(picture)) {
      const std::optional<int64_t> number = class_.at(static_cast<size_t>(track.category));
      if (!number) continue;
      tracks.push_back(track);
      tracks.back().category = *number;
    }
    return tracks;
  }
};

}  // namespace

CLIPWORK_PLUGIN(pseudo_clips, "0.1.0") {
  registry.add<PseudoClips>("pseudo_clips", "still pictures as clips, with mapped classes");
}
