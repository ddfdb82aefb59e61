#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <clipwork/dataset.h>
#include <clipwork/plugin.h>
#include <clipwork/ref.h>
#include <clipwork/samples.h>

#include <algorithm>
#include <map>

#include "frame_choice.h"
#include "joint.h"

namespace clipwork::clips {

namespace {

/// Clips of a data set: an epoch has one of each video. A clip without any object is replaced by
/// one of another video, drawn at random; crowds are no objects.
class Clips final : public Samples {
 public:
  struct Parameters {
    Ref<Dataset> dataset;
    FrameChoice choice;
    Refs<Transform> transforms;
    void describe(Describer& d) {
      d("dataset", dataset, "the data set; pictures are videos of one frame").required();
      choice.describe(d);
      d("transforms", transforms, "augmentation steps, in the order of the config");
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Clips(const Parameters& parameters, const Given&)
      : dataset_(std::dynamic_pointer_cast<Dataset>(parameters.dataset.component)),
        choice_(parameters.choice) {
    for (const auto& [name, entry] : parameters.transforms.entries) {
      transforms_.emplace_back(name, std::dynamic_pointer_cast<Transform>(entry.component));
    }
    if (dataset_->videos().empty())
      throw InputError("the data set has no videos", "samples 'clips'");
    if (!dataset_->annotated()) {
      throw InputError("the data set has no annotations to learn from", "samples 'clips'",
                       "use a split with annotations, usually \"train\"");
    }
  }

  const std::vector<Category>& categories() const override { return dataset_->categories(); }
  int64_t size() const override { return static_cast<int64_t>(dataset_->videos().size()); }
  std::vector<DatasetFault> faults() const override { return dataset_->faults(); }

  Sample sample(int64_t index, Draw draw) const override {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const Draw own = attempt == 0 ? draw : draw.named(cat("again ", attempt));
      const int64_t video = attempt == 0 ? index : own.named("video").integer(0, size() - 1);
      const VideoEntry& entry = dataset_->videos().at(static_cast<size_t>(video));
      try {
        Sample sample = clip(video, own);
        if (sample.targets.labels.defined() && sample.targets.count() > 0) return sample;
      } catch (Error& error) {
        error.within(cat("video ", entry.id, " (", entry.name, ")"));
        throw;
      }
    }
    throw InputError(cat("none of ", kAttempts, " random clips shows an object"), "samples 'clips'",
                     "check the data with `clipwork dataset check`, and the augmented samples with "
                     "`clipwork dataset browse --augmented`");
  }

 private:
  static constexpr int kAttempts = 100;

  std::shared_ptr<Dataset> dataset_;
  FrameChoice choice_;
  std::vector<std::pair<std::string, std::shared_ptr<Transform>>> transforms_;

  /// A clip of this video; without targets where no object is in it.
  Sample clip(int64_t video, const Draw& draw) const {
    const VideoEntry& entry = dataset_->videos().at(static_cast<size_t>(video));
    const VideoTracks all = dataset_->tracks(video);
    std::vector<const AnnotatedTrack*> tracks;
    for (const AnnotatedTrack& track : all) {
      if (!track.crowd) tracks.push_back(&track);
    }
    std::vector<int64_t> annotated;
    for (int64_t t = 0; t < entry.length; ++t) {
      if (std::any_of(tracks.begin(), tracks.end(),
                      [t](const AnnotatedTrack* one) { return shows(*one, t); })) {
        annotated.push_back(t);
      }
    }
    Sample sample;
    if (annotated.empty()) return sample;
    Draw frames_draw = draw.named("frames");
    const std::vector<int64_t> frames = choice_(annotated, entry.length, frames_draw);
    std::erase_if(tracks, [&](const AnnotatedTrack* track) {
      return std::none_of(frames.begin(), frames.end(),
                          [&](int64_t t) { return shows(*track, t); });
    });
    if (tracks.empty()) return sample;

    sample.name = cat(entry.name, frames.size() == 1 ? ", frame" : ", frames");
    for (const int64_t t : frames) sample.name += cat(" ", t);
    sample.frames = pixels(video, frames);
    sample.targets = targets(tracks, frames, {sample.frames.size(2), sample.frames.size(3)});
    sample.targets.name = sample.name;
    for (const auto& [name, transform] : transforms_) {
      Draw own = draw.named(name);
      try {
        (*transform)(sample, own);
      } catch (Error& error) {
        error.within(cat("transform '", name, "'"));
        throw;
      }
    }
    sample.targets = without_absent(without_empty_masks(std::move(sample.targets)));
    return sample;
  }

  static bool shows(const AnnotatedTrack& track, int64_t t) {
    const auto& mask = track.masks.at(static_cast<size_t>(t));
    return mask && !mask->empty();
  }

  /// Uint8 [T, 3, H, W]; a frame that occurs twice is read once.
  Tensor pixels(int64_t video, const std::vector<int64_t>& frames) const {
    Tensor all;
    std::map<int64_t, int64_t> read;
    for (size_t i = 0; i < frames.size(); ++i) {
      const auto place = static_cast<int64_t>(i);
      const auto [earlier, fresh] = read.emplace(frames[i], place);
      if (!fresh) {
        all[place].copy_(all[earlier->second]);
        continue;
      }
      const Tensor frame = dataset_->frame(video, frames[i]).pixels;
      if (!all.defined()) {
        all = at::empty({static_cast<int64_t>(frames.size()), 3, frame.size(1), frame.size(2)},
                        at::kByte);
      }
      if (frame.sizes() != all[0].sizes()) {
        throw InputError(cat("frame ", frames[i], " is ", frame.size(2), "x", frame.size(1),
                             ", frame ", frames[0], " ", all.size(3), "x", all.size(2)));
      }
      all[place].copy_(frame);
    }
    return all;
  }

  static Targets targets(const std::vector<const AnnotatedTrack*>& tracks,
                         const std::vector<int64_t>& frames, Size size) {
    const auto count = static_cast<int64_t>(tracks.size());
    const auto length = static_cast<int64_t>(frames.size());
    Targets targets;
    targets.labels = at::empty({count}, at::kLong);
    targets.ids = at::empty({count, length}, at::kLong);
    targets.masks = at::zeros({count, length, size.height, size.width}, at::kBool);
    targets.boxes = at::zeros({count, length, 4}, at::kFloat);
    auto* labels = targets.labels.mutable_data_ptr<int64_t>();
    auto* ids = targets.ids.mutable_data_ptr<int64_t>();
    auto* boxes = targets.boxes.mutable_data_ptr<float>();
    for (int64_t n = 0; n < count; ++n) {
      const AnnotatedTrack& track = *tracks[static_cast<size_t>(n)];
      labels[n] = track.category;
      for (int64_t i = 0; i < length; ++i) {
        const int64_t t = frames[static_cast<size_t>(i)];
        const bool there = shows(track, t);
        ids[n * length + i] = there ? track.id : -1;
        if (!there) continue;
        const MaskRle& mask = *track.masks[static_cast<size_t>(t)];
        if (mask.size != size) {
          throw InputError(cat("the mask is ", mask.size.width, "x", mask.size.height,
                               ", the frame ", size.width, "x", size.height),
                           cat("annotation ", track.id, ", frame ", t));
        }
        targets.masks[n][i].copy_(mask.to_tensor());
        const Box box = mask.box();
        float* corners = boxes + (n * length + i) * 4;
        corners[0] = static_cast<float>(box.x);
        corners[1] = static_cast<float>(box.y);
        corners[2] = static_cast<float>(box.x + box.width);
        corners[3] = static_cast<float>(box.y + box.height);
      }
    }
    return targets;
  }
};

}  // namespace

}  // namespace clipwork::clips

CLIPWORK_PLUGIN(clips, "0.1.0") {
  registry.add<clipwork::clips::Clips>("clips", "clips of the videos of a data set");
  registry.add<clipwork::clips::Joint>("joint", "samples of two sources in a ratio");
}
