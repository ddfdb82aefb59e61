// The masked-attention decoder over the volume of a clip: one set of queries attends to all its
// frames and predicts masks in each. Over a whole video with the sine code it is Mask2Former-VIS;
// over short overlapping windows with a learned code it is NOVIS' detector.

#include <clipwork/decoder.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <optional>

#include "clip_maps.h"
#include "overlap.h"
#include "temporal_code.h"

namespace clipwork::video_instance {

namespace {

struct Parameters : QueryDecoderParameters {
  TemporalParameters temporal;
  OverlapParameters overlap;
  enum class Kept { maps, projected } keep = Kept::maps;
  void describe(Describer& d) {
    QueryDecoderParameters::describe(d);
    temporal.describe(d);
    overlap.describe(d);
    d("keep", keep, {{"maps", Kept::maps}, {"projected", Kept::projected}},
      "what is kept of a frame until its last window: its maps, or the keys and values of every "
      "layer, so that windows that share frames need not project them again (six times the "
      "memory)");
  }
};

/// The frames that the previous window attended to, so that both sides of an overlap attend to the
/// same frames.
struct Before : State {
  std::optional<int> tail;
};

class VideoInstance : public Decoder {
 public:
  using Parameters = video_instance::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = QueryDecoder::needs(p);
    contract.gives = {"start.queries", "embeddings", "queries", "masks", "scores.softmax"};
    contract.maps = {{"queries", p.channels, 0}};
    if (p.overlap.made) {
      contract.gives.insert(contract.gives.end(), {"embeddings.head", "embeddings.tail"});
    }
    if (p.temporal.encoding == TemporalParameters::Encoding::learned &&
        p.temporal.overflow == TemporalParameters::Overflow::error) {
      contract.max_window = p.temporal.length;
    }
    return contract;
  }

  VideoInstance(const Parameters& p, const Given& given)
      : overlap_(p.overlap),
        network_(std::make_shared<QueryDecoder>(p, given, QueryDecoder::Windows::clips)),
        temporal_(*network_, p.temporal, p.channels, QueryDecoder::kLevels),
        frames_(p.keep == Parameters::Kept::maps ? kept_maps(*network_)
                                                 : kept_projections(*network_)) {}

  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override {
    WeightNames names = QueryDecoder::weight_names();
    names.as_built = {"\\.temporal_embed\\."};  // `temporal_init` says how
    return names;
  }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Before>(); }
  Tensors start(int64_t batch) override { return network_->start(batch); }

  FrameMemo encode(const FrameFeatures& features, Context&) override {
    FrameMemo memo;
    for (int64_t level = 0; level < QueryDecoder::kLevels; ++level) {
      frames_->keep(memo, level, network_->values(features, level));
    }
    network_->keep_mask_features(memo, features);
    return memo;
  }

  ClipPrediction decode(const Window& window, const Tensors& start, State& state,
                        Context& context) override {
    ClipMaps maps(network_->layers, temporal_, *frames_, window);
    auto [prediction, last] = network_->run(start.at("queries"), window, maps, context);
    // Nothing of the overlap is trained.
    if (overlap_.made && !context.training) {
      add_overlaps(prediction, window, maps, std::move(last.value()), dynamic_cast<Before&>(state));
    }
    return std::move(prediction);
  }

 private:
  void add_overlaps(ClipPrediction& prediction, const Window& window, const ClipMaps& maps,
                    LastLayer last, Before& before) const {
    // A last window that was moved back shares more frames than the window before it looked at.
    int head = std::min(window.head, before.tail.value_or(window.head)), tail = window.tail;
    before.tail = tail;
    if (head == 0 && tail == 0) return;
    if (overlap_.mask == OverlapParameters::Mask::final_prediction) {
      int64_t layer = network_->layers.count() - 1;
      last.closed = network_->closed(layer, last.embeddings, window, maps.size(layer));
    }
    Overlap overlap(*network_, overlap_, std::move(last));
    auto add = [&](const char* end, int64_t first, int64_t behind) {
      Overlap::Result result = overlap.of(first, behind);
      tap(result.seen, "decoder.", end, "_seen");
      prediction.more.set(cat("embeddings.", end),
                          tap(result.embeddings, "decoder.", end, "_embeddings"));
    };
    if (head > 0) add("head", window.head - head, window.head);
    if (tail > 0) add("tail", window.length() - tail, window.length());
  }

  OverlapParameters overlap_;
  std::shared_ptr<QueryDecoder> network_;
  TemporalCode temporal_;
  std::unique_ptr<KeptFrame> frames_;
};

}  // namespace

}  // namespace clipwork::video_instance

CLIPWORK_PLUGIN(video_instance, "0.1.0") {
  registry.add<clipwork::video_instance::VideoInstance>(
      "video_instance",
      "masked-attention decoder over the frames of a clip (Mask2Former-VIS, NOVIS)");
}
