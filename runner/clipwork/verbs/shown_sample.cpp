#include "verbs/shown_sample.h"

#include <memory>
#include <utility>

namespace clipwork::cli {

runs::ShownVideo shown_sample(Sample given, const std::vector<Category>& categories, int64_t number,
                              double rate) {
  const auto sample = std::make_shared<const Sample>(std::move(given));
  const Targets& targets = sample->targets;
  runs::ShownVideo shown;
  shown.title = cat("sample ", number, ": ", sample->name);
  shown.frames = sample->frames.size(0);
  shown.rate = rate;
  shown.frame = [sample](int64_t t) {
    Frame frame;
    frame.pixels = sample->frames[t];
    frame.index = t;
    frame.name = sample->name;
    return frame;
  };
  for (int64_t n = 0; n < targets.count(); ++n) {
    const auto label = static_cast<size_t>(targets.labels[n].item<int64_t>());
    shown.tracks.push_back({n + 1, categories.at(label).name, {}});
  }
  shown.mask = [sample](int64_t track, int64_t t) -> std::optional<MaskRle> {
    const int64_t n = track - 1;
    if (sample->targets.ids[n][t].item<int64_t>() < 0) return std::nullopt;
    return MaskRle::from_tensor(sample->targets.masks[n][t]);
  };
  const Size size{sample->frames.size(2), sample->frames.size(3)};
  shown.zoom = runs::readable_zoom(size);
  shown.facts = {{"size", cat(size.width, "x", size.height)}, {"objects", cat(targets.count())}};
  return shown;
}

}  // namespace clipwork::cli
