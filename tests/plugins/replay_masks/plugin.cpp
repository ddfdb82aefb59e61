// A decoder that finds every object, but does not know which was which before: the masks of a data
// set, in an order of its own in every window. What a tracker makes of them is its own work alone.

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <clipwork/backbone.h>
#include <clipwork/dataset.h>
#include <clipwork/decoder.h>
#include <clipwork/error.h>
#include <clipwork/plugin.h>

#include <algorithm>
#include <random>

namespace {

using namespace clipwork;

class NoMaps : public Backbone {
 public:
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  NoMaps(const Parameters&, const Given&) {}
  std::vector<FeatureMap> forward(const Tensor&, Context&) override { return {}; }
};

class ReplayMasks : public Decoder {
 public:
  struct Parameters {
    Ref<Dataset> data;
    int64_t video = 0, every = 1, shuffle = 1;
    std::string rows = "seen";
    void describe(Describer& d) {
      d("data", data, "whose masks are given").required();
      d("video", video, "which of its videos").range(0, 1e9);
      d("every", every, "frame t of the stream is frame `every` t of the video").range(1, 1e6);
      d("shuffle", shuffle, "seed of the orders; 0: the data set's own in every window");
      d("rows", rows, "a row for each object that is seen, or one for each that the video has")
          .choices({"seen", "all"});
    }
  };
  static Contract contract(const Parameters& parameters, const Given&) {
    Contract contract;
    contract.gives = {"embeddings", "masks"};
    if (parameters.rows == "seen") contract.rows = Contract::Rows::varying;
    return contract;
  }

  ReplayMasks(const Parameters& parameters, const Given& given)
      : every_(parameters.every),
        shuffle_(parameters.shuffle),
        all_(parameters.rows == "all"),
        classes_(given.classes),
        tracks_(parameters.data->tracks(parameters.video)) {
    const auto known = static_cast<int64_t>(parameters.data->categories().size());
    if (known != classes_) {
      throw InputError(cat("the data has ", known, " classes, the config ", classes_));
    }
  }

  FrameMemo encode(const FrameFeatures&, Context&) override { return {}; }

  /// Scores and embeddings are the class; an object that is not there has no score, but is still
  /// known by its class.
  ClipPrediction decode(const Window& window, const Tensors&, State&, Context&) override {
    const std::vector<const AnnotatedTrack*> rows = order(window);
    const auto count = static_cast<int64_t>(rows.size());
    const Size size = window.geometry[0].padded;
    Tensor masks = at::full({1, count, window.length(), size.height, size.width}, -1.0f);
    ClipPrediction prediction;
    prediction.form = ScoreForm::probability;
    prediction.class_scores = at::zeros({1, count, classes_});
    prediction.embeddings = at::zeros({1, count, classes_});
    for (int64_t row = 0; row < count; ++row) {
      prediction.embeddings[0][row][rows[row]->category] = 1;
      for (int64_t t = 0; t < window.length(); ++t) {
        const std::optional<MaskRle>& mask = at(*rows[row], window.first + t);
        if (!mask) continue;
        prediction.class_scores[0][row][rows[row]->category] = 1;
        masks[0][row][t].masked_fill_(mask->to_tensor(), 1.0f);
      }
    }
    prediction.masks =
        dense_masks(masks, std::vector<Geometry>(window.geometry.begin(), window.geometry.end()));
    return prediction;
  }

 private:
  int64_t every_, shuffle_;
  bool all_;
  int64_t classes_;
  std::vector<AnnotatedTrack> tracks_;

  const std::optional<MaskRle>& at(const AnnotatedTrack& track, int64_t frame) const {
    return track.masks.at(static_cast<size_t>(frame * every_));
  }

  std::vector<const AnnotatedTrack*> order(const Window& window) const {
    std::vector<const AnnotatedTrack*> rows;
    for (const AnnotatedTrack& track : tracks_) {
      bool seen = all_;
      for (int64_t t = 0; t < window.length(); ++t) seen |= at(track, window.first + t).has_value();
      if (seen) rows.push_back(&track);
    }
    if (shuffle_ == 0) return rows;
    // The standard library's shuffle is not the same everywhere.
    std::mt19937_64 random(static_cast<uint64_t>(shuffle_ * 1'000'003 + window.first));
    for (size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random() % i]);
    return rows;
  }
};

}  // namespace

CLIPWORK_PLUGIN(replay_masks, "1.0.0") {
  registry.add<NoMaps>("no_maps", "gives no maps");
  registry.add<ReplayMasks>("replay_masks", "gives the masks of a data set");
}
