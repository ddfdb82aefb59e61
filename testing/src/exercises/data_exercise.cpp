#include <clipwork/testing/data.h>

#include <algorithm>

#include "exercises/exercise.h"

namespace clipwork::test::suite {

namespace {

constexpr int64_t kVideosRead = 2, kFramesRead = 3, kSamplesRead = 3;

/// Frames and masks that the documentation of `Sample` asks for.
class SampleUse : public Use {
 protected:
  void check(const std::string& where, const Sample& sample, int64_t classes) {
    if (!expect_shape(where + ", frames", sample.frames, {-1, 3, -1, -1}, at::kByte)) return;
    try {
      check_targets(sample.targets, classes);
    } catch (const Error& error) {
      expect(false, where, ": ", error.what());
      return;
    }
    const Tensor &frames = sample.frames, &masks = sample.targets.masks;
    expect_shape(where + ", masks", masks,
                 {sample.targets.count(), frames.size(0), frames.size(2), frames.size(3)},
                 at::kBool);
    for (const Tensors::Entry& entry : tensors_of(sample).entries) {
      outputs.set(cat(where, ", ", entry.name),
                  entry.value.defined() ? entry.value.clone() : Tensor());
    }
  }
};

class TransformUse : public SampleUse {
 public:
  TransformUse(std::shared_ptr<Transform> transform, const Trial& trial)
      : transform_(std::move(transform)), trial_(trial) {}

  bool step() override {
    if (next_ == kSamplesRead) return false;
    Sample sample = trial_.scene.sample(0, trial_.frames);
    const Sample before = trial_.scene.sample(0, trial_.frames);
    Draw draw(trial_.seed, "sample", 0, next_);
    (*transform_)(sample, draw);
    const std::string where = cat("sample ", next_);
    check(where, sample, trial_.scene.classes());
    expect(sample.frames.dim() == 4 && sample.frames.size(0) == trial_.frames, where, ": expected ",
           trial_.frames, " frames as before");
    expect(sample.targets.labels.equal(before.targets.labels) &&
               sample.targets.ids.equal(before.targets.ids),
           where,
           ": expected the labels and ids to stay: the source removes objects without a pixel");
    ++next_;
    return true;
  }

 private:
  std::shared_ptr<Transform> transform_;
  Trial trial_;
  int64_t next_ = 0;
};

class SamplesUse : public SampleUse {
 public:
  SamplesUse(std::shared_ptr<Samples> samples, const Trial& trial)
      : samples_(std::move(samples)), trial_(trial) {}

  bool step() override {
    if (next_ == 0) {
      expect(samples_->size() > 0, "expected samples, found size() = ", samples_->size());
      expect(!samples_->categories().empty(), "expected categories, found none");
    }
    if (next_ >= std::min(kSamplesRead, samples_->size())) return false;
    const Sample sample = samples_->sample(next_, Draw(trial_.seed, "sample", 0, next_));
    check(cat("sample ", next_), sample, static_cast<int64_t>(samples_->categories().size()));
    ++next_;
    return true;
  }

 private:
  std::shared_ptr<Samples> samples_;
  Trial trial_;
  int64_t next_ = 0;
};

class DatasetUse : public Use {
 public:
  explicit DatasetUse(std::shared_ptr<Dataset> dataset) : dataset_(std::move(dataset)) {}

  bool step() override {
    const auto count = static_cast<int64_t>(dataset_->videos().size());
    if (next_ == 0) {
      expect(count > 0, "expected videos, found none");
      expect(!dataset_->annotated() || !dataset_->categories().empty(),
             "expected categories of annotated videos, found none");
    }
    if (next_ >= std::min(kVideosRead, count)) return false;
    check(next_);
    ++next_;
    return true;
  }

 private:
  void check(int64_t index) {
    const VideoEntry& video = dataset_->videos()[index];
    const std::string where = cat("video ", index);
    expect(video.length > 0, where, ": expected frames, found length ", video.length);
    Size size = video.size;
    for (int64_t t = 0; t < std::min(video.length, kFramesRead); ++t) {
      const Frame frame = dataset_->frame(index, t);
      const std::string name = cat(where, ", frame ", t);
      if (!expect_shape(name, frame.pixels, {3, -1, -1}, at::kByte)) return;
      const Size found{frame.pixels.size(1), frame.pixels.size(2)};
      if (size == Size()) size = found;
      expect(found == size, name, ": expected ", size.height, "x", size.width, " pixels, found ",
             found.height, "x", found.width);
      expect(frame.index == t, name, ": expected index ", t, ", found ", frame.index);
      outputs.set(name, frame.pixels);
    }
    const VideoTracks tracks = dataset_->tracks(index);
    expect(dataset_->annotated() || tracks.empty(), where,
           ": expected no tracks, as annotated() is false, found ", tracks.size());
    const auto classes = static_cast<int64_t>(dataset_->categories().size());
    int64_t before = std::numeric_limits<int64_t>::min();
    for (const AnnotatedTrack& track : tracks) {
      const std::string name = cat(where, ", track ", track.id);
      expect(track.id > before, name, ": expected ids in ascending order, found it behind ",
             before);
      before = track.id;
      expect(track.category >= 0 && track.category < classes, name,
             ": expected a category from 0 to ", classes - 1, ", found ", track.category);
      const auto whole = [&](const char* what, size_t length) {
        return expect(length == static_cast<size_t>(video.length), name, ": expected ",
                      video.length, " ", what, ", one a frame, found ", length);
      };
      if (!whole("masks", track.masks.size())) continue;
      if (!track.occlusion.empty()) whole("occlusion values", track.occlusion.size());
      if (!track.areas.empty()) whole("areas", track.areas.size());
      for (int64_t t = 0; t < video.length; ++t) {
        const std::optional<MaskRle>& mask = track.masks[t];
        if (!mask) continue;
        expect(mask->size == size, name, ", frame ", t, ": expected a mask of ", size.height, "x",
               size.width, " pixels, found ", mask->size.height, "x", mask->size.width);
        if (t < kFramesRead) outputs.set(cat(name, ", mask of frame ", t), mask->to_tensor());
      }
    }
  }

  std::shared_ptr<Dataset> dataset_;
  int64_t next_ = 0;
};

class DataExercise : public Exercise {
 public:
  explicit DataExercise(const TestedComponent& tested) : kind_(tested.info().kind) {}

  bool concurrent() const override { return true; }

  std::string obstacle(const Trial& trial) const override {
    if (kind_ == Transform::kKind || trial.name == "ordinary video") return {};
    return "its videos are those of its own files";
  }

  std::unique_ptr<Use> begin(const std::shared_ptr<Component>& component,
                             const Trial& trial) const override {
    if (auto transform = std::dynamic_pointer_cast<Transform>(component)) {
      return std::make_unique<TransformUse>(transform, trial);
    }
    if (auto samples = std::dynamic_pointer_cast<Samples>(component)) {
      return std::make_unique<SamplesUse>(samples, trial);
    }
    return std::make_unique<DatasetUse>(std::dynamic_pointer_cast<Dataset>(component));
  }

 private:
  std::string kind_;
};

}  // namespace

std::unique_ptr<Exercise> data_exercise(const TestedComponent& tested) {
  return std::make_unique<DataExercise>(tested);
}

}  // namespace clipwork::test::suite
