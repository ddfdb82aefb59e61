// The masked-attention decoder over the volume of a clip: one set of queries attends to all its
// frames and predicts masks in each. Over a whole video with the sine code it is Mask2Former-VIS;
// over short overlapping windows with a learned code it is NOVIS' detector.

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <clipwork/decoder.h>
#include <clipwork/models/mask2former_decoder.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <optional>

#include "overlap.h"
#include "temporal_code.h"

namespace {

using namespace clipwork;
using namespace clipwork::video_instance;

struct Parameters : QueryDecoderParameters {
  TemporalParameters temporal;
  OverlapParameters overlap;
  std::string keep = "maps";
  void describe(Describer& d) {
    QueryDecoderParameters::describe(d);
    temporal.describe(d);
    overlap.describe(d);
    d("keep", keep,
      "what is kept of a frame until its last window: its maps, or the keys and values of every "
      "layer, so that windows that share frames need not project them again (six times the memory)")
        .choices({"maps", "projected"});
  }
};

// Sizes travel in the entries: maps are kept as [N, C, h, w], keys and values as [N, h, w, C].
std::string level_name(int64_t level) { return cat("level.", level); }
std::string keys_name(int64_t layer) { return cat("layer.", layer, ".keys"); }
std::string values_name(int64_t layer) { return cat("layer.", layer, ".values"); }

/// The frames that the previous window attended to, so that both sides of an overlap attend to the
/// same frames.
struct Before : State {
  std::optional<int> tail;
};

class VideoInstance : public Decoder {
 public:
  using Parameters = ::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = QueryDecoder::needs(p);
    contract.gives = {"start.queries", "embeddings", "queries", "masks", "scores.softmax"};
    contract.maps = {{"queries", p.channels, 0}};
    if (p.overlap.made) {
      contract.gives.insert(contract.gives.end(), {"embeddings.head", "embeddings.tail"});
    }
    if (p.temporal.encoding == "learned" && p.temporal.overflow == "error") {
      contract.max_window = p.temporal.length;
    }
    return contract;
  }

  VideoInstance(const Parameters& p, const Given& given)
      : parameters_(p),
        network_(std::make_shared<QueryDecoder>(p, given)),
        temporal_(*network_, p.temporal, p.channels, QueryDecoder::kLevels) {}

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
      Tensor map = network_->values(features, level);
      if (parameters_.keep == "maps") {
        memo.tensors.set(level_name(level), map, Keep::bulk);
        continue;
      }
      for (int64_t i = level; i < network_->layers.count(); i += QueryDecoder::kLevels) {
        auto keep = [&](const std::string& name, const Tensor& tokens) {
          memo.tensors.set(name, tokens.unflatten(1, {map.size(2), map.size(3)}), Keep::bulk);
        };
        keep(keys_name(i), project_keys(i, map));
        keep(values_name(i), network_->layers.project_value(i, tokens_of(map)));
      }
    }
    network_->keep_mask_features(memo, features);
    return memo;
  }

  ClipPrediction decode(const Window& window, const Tensors& start, State& state,
                        Context& context) override {
    Tensor queries = start.at("queries");
    Tensor positions = network_->query_positions.unsqueeze(0);
    LastLayer last;
    std::vector<ClipPrediction> aux;
    for (int64_t i = 0; i < network_->layers.count(); ++i) {
      bool is_last = i + 1 == network_->layers.count();
      if (is_last) queries = tap(queries, "decoder.layer_input");
      Tensor embeddings = network_->heads.embeddings(queries);
      if (context.training) aux.push_back(network_->predict(queries, embeddings, window));
      tap_made([&] { return network_->heads.classes(embeddings); }, "decoder.aux.", i,
               ".pred_logits");
      tap_made([&] { return network_->dense_logits(embeddings, window); }, "decoder.aux.", i,
               ".pred_masks");
      Tensor closed = closed_for(window, i, embeddings);
      if (is_last) {
        Tensor told = tap_made([&] { return closed.logical_not(); }, "decoder.allowed");
        if (told.defined()) closed = told.logical_not();
      }
      Tensor opened = tap(open_empty_rows(closed), "decoder.layer.", i, ".attn_mask");
      auto [keys, values] = keys_and_values(window, i);
      Tensor crossed = network_->layers.cross(i, queries, positions, keys, values, opened);
      if (is_last) {
        // A listener may have changed the mask; the rows that were empty still are.
        Tensor unopened = opened | closed.all(-1, true);
        last = {queries, keys, values, unopened, crossed, {}, {}, window.length()};
      }
      queries = tap(network_->layers.rest(i, crossed, positions), "decoder.layer.", i, ".queries");
    }
    Tensor embeddings = tap(network_->heads.embeddings(queries), "decoder.pred_embeds");
    ClipPrediction prediction = network_->predict(queries, embeddings, window);
    prediction.aux = std::move(aux);
    prediction.class_scores = tap(prediction.class_scores, "decoder.pred_logits");
    Tensor told =
        tap_made([&] { return network_->dense_logits(embeddings, window); }, "decoder.pred_masks");
    if (told.defined()) {
      prediction.masks = dense_masks(told, {window.geometry.begin(), window.geometry.end()});
    }
    // Nothing of the overlap is trained.
    if (parameters_.overlap.made && !context.training) {
      last.output = queries;
      last.embeddings = embeddings;
      add_overlaps(prediction, window, std::move(last), dynamic_cast<Before&>(state));
    }
    return prediction;
  }

 private:
  struct Projected {
    Tensor keys, values;  ///< [B, T h w, C]
  };

  Tensor project_keys(int64_t layer, const Tensor& map) {
    return network_->layers.project_key(layer, tokens_of(map + network_->position(map)));
  }

  /// Bool [B, Q, T h w]: where layer `layer` is closed for queries of these embeddings, before rows
  /// that are closed everywhere are opened.
  Tensor closed_for(const Window& window, int64_t layer, const Tensor& embeddings) const {
    int64_t level = layer % QueryDecoder::kLevels;
    const Tensors& memo = window.memos[0].tensors;
    bool maps = parameters_.keep == "maps";
    TensorHandle frame = memo.handle(maps ? level_name(level) : keys_name(layer));
    at::IntArrayRef sizes = frame.sizes().slice(maps ? 2 : 1, 2);
    return closed_by(
        network_->level_logits(embeddings, window.memos, level, Size{sizes[0], sizes[1]}));
  }

  /// Projection is linear, so what frames have in common is added behind it.
  Projected keys_and_values(const Window& window, int64_t layer) {
    int64_t level = layer % QueryDecoder::kLevels;
    std::vector<Tensor> keys, values;
    for (const FrameMemo& memo : window.memos) {
      if (parameters_.keep == "maps") {
        Tensor map = memo.tensors.at(level_name(level));
        keys.push_back(project_keys(layer, map));
        values.push_back(network_->layers.project_value(layer, tokens_of(map)));
      } else {
        keys.push_back(memo.tensors.at(keys_name(layer)).flatten(1, 2));
        values.push_back(memo.tensors.at(values_name(layer)).flatten(1, 2));
      }
    }
    Tensor codes = temporal_.codes(level, window.length(), keys[0]);
    auto joined = [&](const std::vector<Tensor>& frames, const Tensor& shift) {
      Tensor volume = at::stack(frames, 1);
      if (shift.defined()) volume.add_(shift.unsqueeze(1));
      return volume.flatten(1, 2);
    };
    Tensor key_shift, value_shift;
    if (codes.defined()) {
      key_shift = network_->layers.shift_of_keys(layer, codes);
      if (temporal_.in_values()) value_shift = network_->layers.shift_of_values(layer, codes);
    }
    return {joined(keys, key_shift), joined(values, value_shift)};
  }

  void add_overlaps(ClipPrediction& prediction, const Window& window, LastLayer last,
                    Before& before) const {
    // A last window that was moved back shares more frames than the window before it looked at.
    int head = std::min(window.head, before.tail.value_or(window.head)), tail = window.tail;
    before.tail = tail;
    if (head == 0 && tail == 0) return;
    if (parameters_.overlap.mask == "final") {
      last.closed = closed_for(window, network_->layers.count() - 1, last.embeddings);
    }
    Overlap overlap(*network_, parameters_.overlap, std::move(last));
    auto add = [&](const char* end, int64_t first, int64_t behind) {
      Overlap::Result result = overlap.of(first, behind);
      tap(result.seen, "decoder.", end, "_seen");
      prediction.more.set(cat("embeddings.", end),
                          tap(result.embeddings, "decoder.", end, "_embeddings"));
    };
    if (head > 0) add("head", window.head - head, window.head);
    if (tail > 0) add("tail", window.length() - tail, window.length());
  }

  Parameters parameters_;
  std::shared_ptr<QueryDecoder> network_;
  TemporalCode temporal_;
};

}  // namespace

CLIPWORK_PLUGIN(video_instance, "0.1.0") {
  registry.add<VideoInstance>(
      "video_instance",
      "masked-attention decoder over the frames of a clip (Mask2Former-VIS, NOVIS)");
}
