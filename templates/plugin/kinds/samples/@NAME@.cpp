// SPDX-License-Identifier: Apache-2.0
// Samples for training: consecutive frames of the videos of a data set, from a random one on. What
// is random comes from the argument `draw` alone, and several threads ask at once.
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/plugin.h>
#include <clipwork/ref.h>
#include <clipwork/samples.h>

#include <algorithm>

using namespace clipwork;

namespace {

class @CLASS@ : public Samples {
 public:
  struct Parameters {
    Ref<Dataset> dataset;
    int64_t frames = 2;
    void describe(Describer& d) {
      d("dataset", dataset, "the data set with the videos").required();
      d("frames", frames, "frames of a sample; shorter videos repeat their last").range(1, 1000);
    }
  };

  static Contract contract(const Parameters&, const Given&) { return {}; }

  @CLASS@(const Parameters& parameters, const Given&)
      : dataset_(parameters.dataset), frames_(parameters.frames) {}

  const std::vector<Category>& categories() const override { return dataset_->categories(); }
  int64_t size() const override { return static_cast<int64_t>(dataset_->videos().size()); }
  std::vector<DatasetFault> faults() const override { return dataset_->faults(); }

  Sample sample(int64_t index, Draw draw) const override {
    const VideoEntry& video = dataset_->videos().at(index);
    const int64_t first = draw.integer(0, std::max<int64_t>(0, video.length - frames_));
    std::vector<int64_t> chosen;
    std::vector<Tensor> pictures;
    for (int64_t t = first; t < first + frames_; ++t) {
      chosen.push_back(std::min(t, video.length - 1));
      pictures.push_back(dataset_->frame(index, chosen.back()).pixels);
    }
    Sample sample;
    sample.name = video.name;
    sample.frames = at::stack(pictures);
    sample.targets =
        targets(dataset_->tracks(index), chosen, {sample.frames.size(2), sample.frames.size(3)});
    sample.targets.name = video.name;
    return sample;
  }

 private:
  static Targets targets(const VideoTracks& tracks, const std::vector<int64_t>& chosen, Size size) {
    const auto frames = static_cast<int64_t>(chosen.size());
    std::vector<const AnnotatedTrack*> kept;
    for (const AnnotatedTrack& track : tracks) {
      if (!track.crowd) kept.push_back(&track);
    }
    const auto count = static_cast<int64_t>(kept.size());
    Targets targets;
    targets.labels = at::zeros({count}, at::kLong);
    targets.ids = at::full({count, frames}, -1, at::kLong);
    targets.masks = at::zeros({count, frames, size.height, size.width}, at::kBool);
    for (int64_t i = 0; i < count; ++i) {
      targets.labels[i] = kept[i]->category;
      for (int64_t t = 0; t < frames; ++t) {
        const std::optional<MaskRle>& mask = kept[i]->masks.at(chosen[t]);
        if (!mask || mask->empty()) continue;
        targets.ids[i][t] = kept[i]->id;
        targets.masks[i][t].copy_(mask->to_tensor());
      }
    }
    return targets;
  }

  Ref<Dataset> dataset_;
  int64_t frames_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "consecutive frames of the videos of a data set");
}
