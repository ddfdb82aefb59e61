// Data sets of some frames of another one's videos: every n-th, or sub-sequences.

#include <clipwork/dataset.h>
#include <clipwork/plugin.h>
#include <clipwork/ref.h>
#include <clipwork/text.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

namespace {

using namespace clipwork;

/// Videos that are excerpts of another data set's: frame t of one is frame `first + step * t` of
/// its source. Truth follows the frames: an object that is in none of them is left out. Videos and
/// tracks are numbered anew, since one of the source may be in several excerpts.
class Excerpts : public Dataset {
 public:
  const std::vector<Category>& categories() const override { return source_->categories(); }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  bool annotated() const override { return source_->annotated(); }
  bool pictures() const override { return source_->pictures(); }
  std::vector<DatasetFault> faults() const override { return source_->faults(); }

  VideoTracks tracks(int64_t index) const override {
    const Excerpt& excerpt = excerpts_.at(static_cast<size_t>(index));
    const int64_t length = videos_.at(static_cast<size_t>(index)).length;
    std::vector<AnnotatedTrack> kept;
    for (const AnnotatedTrack& track : source_tracks(excerpt.video)) {
      AnnotatedTrack part = track;
      part.masks = chosen(track.masks, excerpt, length);
      part.occlusion = chosen(track.occlusion, excerpt, length);
      part.areas = chosen(track.areas, excerpt, length);
      const bool there = std::any_of(part.masks.begin(), part.masks.end(),
                                     [](const auto& mask) { return mask.has_value(); });
      if (!there) continue;
      part.id = (index + 1) * kMostTracks + static_cast<int64_t>(kept.size()) + 1;
      kept.push_back(std::move(part));
    }
    return kept;
  }

  Frame frame(int64_t index, int64_t t) const override {
    const Excerpt& excerpt = excerpts_.at(static_cast<size_t>(index));
    Frame frame = source_->frame(excerpt.video, excerpt.first + excerpt.step * t);
    frame.index = t;
    return frame;
  }

 protected:
  explicit Excerpts(const Ref<Dataset>& dataset)
      : source_(std::dynamic_pointer_cast<Dataset>(dataset.component)) {}

  const Dataset& source() const { return *source_; }

  /// Appends every `step`-th frame from `first` on, at most `most`, of a video of the source.
  void add(int64_t video, int64_t first, int64_t step, int64_t most, std::string name) {
    const VideoEntry& whole = source_->videos()[static_cast<size_t>(video)];
    const Excerpt excerpt{video, first, step};
    VideoEntry entry = whole;
    entry.id = static_cast<int64_t>(videos_.size()) + 1;
    entry.name = std::move(name);
    entry.length = std::min(most, (whole.length - first + step - 1) / step);
    entry.files = chosen(whole.files, excerpt, entry.length);
    videos_.push_back(std::move(entry));
    excerpts_.push_back(excerpt);
  }

 private:
  static constexpr int64_t kMostTracks = 1000000;  ///< of a video, to tell their numbers apart
  struct Excerpt {
    int64_t video, first, step;
  };
  std::shared_ptr<Dataset> source_;
  std::vector<VideoEntry> videos_;
  std::vector<Excerpt> excerpts_;
  // Excerpts of one video are usually asked for one after the other.
  mutable std::mutex mutex_;
  mutable int64_t last_ = -1;
  mutable VideoTracks last_tracks_;

  VideoTracks source_tracks(int64_t video) const {
    const std::lock_guard lock(mutex_);
    if (last_ != video) {
      last_tracks_ = source_->tracks(video);
      last_ = video;
    }
    return last_tracks_;
  }

  /// The excerpt of a list by frame. Lists that the data does not have stay empty.
  template <class T>
  static std::vector<T> chosen(const std::vector<T>& all, const Excerpt& excerpt, int64_t length) {
    std::vector<T> some;
    if (all.empty()) return some;
    for (int64_t t = 0; t < length; ++t) {
      some.push_back(all.at(static_cast<size_t>(excerpt.first + excerpt.step * t)));
    }
    return some;
  }
};

class Every final : public Excerpts {
 public:
  struct Parameters {
    Ref<Dataset> dataset;
    int64_t step = 4;
    void describe(Describer& d) {
      d("dataset", dataset, "the data set with the whole videos").required();
      d("step", step, "use frames 0, N, 2 N, ... of each video").range(1, 1000000);
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Every(const Parameters& parameters, const Given&) : Excerpts(parameters.dataset) {
    for (size_t i = 0; i < source().videos().size(); ++i) {
      const VideoEntry& whole = source().videos()[i];
      add(static_cast<int64_t>(i), 0, parameters.step, whole.length,
          cat(whole.name, "_every_", parameters.step));
    }
  }
};

class Subsequences final : public Excerpts {
 public:
  struct Parameters {
    Ref<Dataset> dataset;
    int64_t frames = 8;
    void describe(Describer& d) {
      d("dataset", dataset, "the data set with the whole videos").required();
      d("frames", frames, "frames of a sub-sequence; the last one of a video may be shorter")
          .range(1, 1000000);
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Subsequences(const Parameters& parameters, const Given&) : Excerpts(parameters.dataset) {
    for (size_t i = 0; i < source().videos().size(); ++i) {
      const VideoEntry& whole = source().videos()[i];
      for (int64_t first = 0; first < whole.length; first += parameters.frames) {
        add(static_cast<int64_t>(i), first, 1, parameters.frames,
            cat(whole.name, "_from_", padded(first, 4)));
      }
    }
  }
};

}  // namespace

CLIPWORK_PLUGIN(excerpts, "0.1.0") {
  registry.add<Every>("every", "every n-th frame of another data set's videos");
  registry.add<Subsequences>("subsequences",
                             "another data set's videos, cut into sub-sequences of n frames");
}
