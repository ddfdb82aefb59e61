// Instance As Identity (Zhu et al., ECCV 2022) over any detector: ids of past frames enter the
// detector's coarsest map through the association, and an id head at every point says which of them
// a detection is. Parameter names are the published ones (lstt.*, encoder_projector,
// backbone_projector).

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/decoder.h>
#include <clipwork/ops/position.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/to_device.h>

#include <algorithm>
#include <limits>

#include "identity_bank.h"
#include "memory.h"
#include "visible_masks.h"

namespace clipwork::iai {

namespace {

/// The map that the association changes.
constexpr const char* kCoarsest = "res5";
/// Probability of an id at the start of a training (RetinaNet's of a class).
constexpr double kPrior = 0.01;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Tensor tokens_of(const Tensor& map) { return map.flatten(2).transpose(1, 2); }
Tensor map_of(const Tensor& tokens, Size size) {
  return tokens.transpose(1, 2).unflatten(2, {size.height, size.width});
}

/// Outputs of a detector's id branch, including "none" if scores are a softmax.
int64_t id_channels(const Parameters& p) {
  return p.id_form == IdForm::softmax ? p.ids + 1 : p.ids;
}

/// Id probabilities [..., N + 1] of logits [..., channels]; "none" last.
Tensor id_probabilities(const Tensor& logits, IdForm form) {
  if (form == IdForm::softmax) return at::softmax(logits, -1);
  Tensor scores = at::sigmoid(logits);
  return at::cat({scores, scores.narrow(-1, 0, 1).mul(0)}, -1);
}

/// Masks bool [B, R, H, W] that do not overlap: each pixel belongs to the smallest of the objects
/// that cover it.
Tensor without_overlap(const Tensor& masks) {
  if (masks.size(1) < 2) return masks;
  Tensor size = masks.flatten(2).sum(2).unsqueeze(2).unsqueeze(3).expand(masks.sizes());
  const int64_t nobody = masks.size(2) * masks.size(3) + 1;
  Tensor owner = std::get<1>(size.masked_fill(masks.logical_not(), nobody).min(1, true));
  return at::zeros(masks.sizes(), masks.options()).scatter(1, owner, true) & masks;
}

class Network : public torch::nn::Module {
 public:
  Network(const Parameters& p, const Given& given) {
    if (!p.association) return;
    const MapInfo& coarsest = *given.find(kCoarsest);
    encoder =
        make_child<Conv>(*this, "encoder_projector", projector(coarsest.channels, p.channels));
    if (p.class_projection) {
      classes =
          make_child<Conv>(*this, "backbone_projector", projector(coarsest.channels, p.projection));
    }
    for (int64_t i = 0; i < p.layers; ++i) {
      layers.push_back(make_child<AssociationLayer>(*this, cat("lstt.LSTT.layers.", i), p));
      norms.push_back(make_child<AddNorm>(*this, cat("lstt.LSTT.decoder_norms.", i), p.channels));
    }
    if (p.identification) {
      bank = make_child<IdentityBank>(*this, "lstt.patch_wise_id_bank", p.ids + 1, p.channels,
                                      coarsest.stride);
    }
  }

  std::shared_ptr<Conv> encoder, classes;
  std::vector<std::shared_ptr<AssociationLayer>> layers;
  std::vector<std::shared_ptr<AddNorm>> norms;
  std::shared_ptr<IdentityBank> bank;  ///< null without identification

 private:
  static ConvOptions projector(int64_t in, int64_t out) {
    ConvOptions options;
    options.in = in;
    options.out = out;
    options.bias = true;
    return options;
  }
};

class Iai : public Decoder {
 public:
  using Parameters = iai::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    const Detector::Contract& detector = p.detector.contract();
    if (p.channels % p.self_heads != 0 || p.channels % p.memory_heads != 0 || p.channels % 4 != 0) {
      throw InputError(cat("channels ", p.channels, " must be a multiple of 4, of self_heads (",
                           p.self_heads, ") and of memory_heads (", p.memory_heads, ")"));
    }
    if (p.association && !p.local && !p.global) {
      throw InputError("association needs local or global memory", "",
                       "enable one of them, or set association = false");
    }
    if (p.feedforward % 32 != 0) {
      throw InputError(
          cat("feedforward ", p.feedforward, " must be a multiple of the 32 groups of its norm"));
    }
    const bool known = !p.detector.config.is_none();
    if (known && p.association && !contains(detector.needs, cat("map:", kCoarsest))) {
      throw InputError(cat("the detector does not read ", kCoarsest, ", which association changes"),
                       "", "use another detector, or set association = false");
    }
    if (known && p.identification && !contains(detector.gives, "branches")) {
      throw InputError(
          "the detector does not support additional branches, but identification needs one for ids",
          "", "use another detector, or set identification = false");
    }
    Contract contract;
    contract.needs = detector.needs;
    contract.cuda = detector.cuda;
    contract.gives = {"masks"};
    contract.maps = detector.maps;
    for (const std::string& given : detector.gives) {
      if (given == "embeddings" || given == "boxes" || given.starts_with("dense.")) {
        contract.gives.push_back(given);
      }
    }
    if (p.identification) {
      contract.gives.insert(contract.gives.end(), {"id_scores", "dense.id_logits"});
      contract.gives.push_back(p.id_form == IdForm::softmax ? "ids.softmax" : "ids.sigmoid");
    }
    if (p.association) {
      contract.needs.push_back("observation");
      contract.state =
          cat("keys and values of the previous frame and of ",
              p.memory_frames > 0 ? cat("at most ", p.memory_frames) : "all", " remembered frames");
    }
    contract.rows = Contract::Rows::varying;
    contract.max_window = 1;
    return contract;
  }

  Iai(const Parameters& p, const Given& given)
      : parameters_(p), given_(given), network_(std::make_shared<Network>(p, given)) {
    DetectorRequest request;
    if (p.association) {
      MapInfo fused = *given.find(kCoarsest);
      fused.channels = p.channels * (1 + p.layers) + (p.class_projection ? p.projection : 0);
      if (fused.channels != given.find(kCoarsest)->channels) request.maps.push_back(fused);
    }
    if (p.identification) {
      // As a softmax, channels share one probability, and a common bias would change nothing.
      const double prior = p.id_form == IdForm::softmax ? 0.5 : kPrior;
      request.branches.push_back({"id", id_channels(p), p.id_convs, prior});
    }
    p.detector->request(request);
  }

  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return {"", {}, {}, {"\\.GCT\\."}}; }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Memory>(); }

  FrameMemo encode(const FrameFeatures& features, Context&) override {
    FrameMemo memo;
    for (const MapInfo& map : read_maps()) {
      if (changes(map)) continue;
      memo.tensors.set("map:" + map.name, features.at(map.name).value, Keep::bulk);
    }
    if (parameters_.association) {
      const Tensor& coarsest = features.at(kCoarsest).value;
      memo.tensors.set("encoded", network_->encoder->forward(coarsest), Keep::bulk);
      if (network_->classes) {
        memo.tensors.set("classes", network_->classes->forward(coarsest), Keep::bulk);
      }
    }
    return memo;
  }

  ClipPrediction decode(const Window& window, const Tensors&, State& state,
                        Context& context) override {
    auto& memory = dynamic_cast<Memory&>(state);
    TapPrefix prefix("frame.", window.first, ".");
    const Tensors& memo = window.memos[0].tensors;
    const bool first = memory.frames == 0;
    memory.frame = window.first;
    std::vector<FeatureMap> maps;
    for (const MapInfo& map : read_maps()) {
      Tensor value =
          changes(map) ? tap(fused(memo, memory, context), "fused") : memo.at("map:" + map.name);
      maps.push_back({map.name, map.stride, value});
    }
    ++memory.frames;
    Tensors dense = parameters_.detector->dense(maps);
    if (context.training) return dense_prediction(dense, given_.classes);
    ClipPrediction prediction = parameters_.detector->select(
        dense, window.geometry[0],
        [&](const Candidates& candidates) { return rank(candidates, first); });
    if (parameters_.identification) {
      Tensor scores = id_probabilities(prediction.more.at("id_logits")[0], parameters_.id_form);
      prediction.more.set("id_scores", tap(scores, "detections.id_scores").unsqueeze(0));
    }
    return without_occluded(std::move(prediction));
  }

  void observe(const Observation& observation, State& state, Context& context) override {
    auto& memory = dynamic_cast<Memory&>(state);
    TapPrefix prefix("frame.", memory.frame, ".");
    Tensor ids;
    if (network_->bank) {
      Tensor masks = observation.masks.select(2, 0);
      // Detections have lost what better ones cover; the objects of the truth may overlap.
      if (context.training) masks = without_overlap(masks);
      ids = network_->bank->forward(tap(planes(masks, observation.ids), "id_masks"));
      tap(ids, "id_embedding");
    }
    bool fresh = tap(observation.fresh.any().view({1}), "new").item<bool>();
    if (memory.frames == 1) {
      begin(memory, ids, context);
    } else {
      // The public training code never takes an object for new here.
      update(memory, ids, fresh && !context.training);
    }
    hear(memory);
  }

 private:
  /// The maps that the detector reads.
  std::vector<MapInfo> read_maps() const {
    std::vector<MapInfo> maps;
    for (const std::string& need : parameters_.detector.contract().needs) {
      if (need.starts_with("map:")) maps.push_back(*given_.find(need.substr(4)));
    }
    return maps;
  }
  bool changes(const MapInfo& map) const {
    return parameters_.association && map.name == kCoarsest;
  }

  /// The coarsest map with what past frames say: projection, associations, class projection.
  Tensor fused(const Tensors& memo, Memory& memory, Context& context) {
    memory.encoded = memo.at("encoded");
    memory.size = {memory.encoded.size(2), memory.encoded.size(3)};
    std::vector<Tensor> parts = {memory.encoded};
    const bool first = memory.layers.empty();
    Tensor none;
    if (first && network_->bank) {
      // Before anything is detected there are no planes at all, not even background.
      int64_t stride = given_.find(kCoarsest)->stride;
      none = network_->bank->forward(
          at::zeros({memory.encoded.size(0), parameters_.ids + 1, memory.size.height * stride,
                     memory.size.width * stride},
                    memory.encoded.options().dtype(at::kBool)));
      tap(none, "id_embedding_empty");
    }
    for (Tensor& associated : associate(memory, first, none, context)) {
      parts.push_back(tap(map_of(associated, memory.size), "association"));
    }
    if (network_->classes) parts.push_back(memo.at("classes"));
    return at::cat(parts, 1);
  }

  /// Runs all layers on the frame at hand; gives the normed output [B, h w, C] of each. `own`: the
  /// frame itself, under the id embedding `ids`, is the memory.
  std::vector<Tensor> associate(Memory& memory, bool own, const Tensor& ids, Context& context) {
    Tensor x = tokens_of(memory.encoded);
    Tensor position = positions_.get(parameters_.channels, memory.size.height, memory.size.width, x)
                          .flatten(1)
                          .t();
    tap(position, "position");
    memory.queries.clear();
    std::vector<Tensor> outputs;
    for (size_t i = 0; i < network_->layers.size(); ++i) {
      AssociationLayer& layer = *network_->layers[i];
      LayerQuery query = layer.look_inside(x, position, context);
      LayerMemory itself;
      if (own) {
        KeyValues frame{query.key, layer.values(query, ids)};
        itself = {frame, frame};
      }
      x = layer.remember(query, own ? itself : memory.layers[i], memory.size, context);
      outputs.push_back(tap(network_->norms[i]->forward(x), "output"));
      memory.queries.push_back(std::move(query));
    }
    return outputs;
  }

  /// The first frame's memory, under its own ids.
  void begin(Memory& memory, const Tensor& ids, Context& context) {
    // Only deeper layers see ids on their way in; the first one's keys are there already.
    if (network_->layers.size() > 1) {
      TapPrefix again("again.");
      associate(memory, true, ids, context);
    }
    for (size_t i = 0; i < network_->layers.size(); ++i) {
      KeyValues frame = key_values(memory, i, ids);
      memory.layers.push_back({frame, frame});
    }
  }

  void update(Memory& memory, const Tensor& ids, bool fresh) {
    const bool takes = fresh || memory.frames - memory.updated >= parameters_.memory_interval;
    for (size_t i = 0; i < memory.layers.size(); ++i) {
      LayerMemory& layer = memory.layers[i];
      layer.local = key_values(memory, i, ids);
      if (takes && parameters_.global) {
        put_in_front(layer.global, layer.local, parameters_.memory_frames);
      }
    }
    if (takes) memory.updated = memory.frames;
  }

  KeyValues key_values(const Memory& memory, size_t layer, const Tensor& ids) const {
    const LayerQuery& query = memory.queries[layer];
    return {query.key, network_->layers[layer]->values(query, ids)};
  }

  static void hear(const Memory& memory) {
    const LayerMemory& layer = memory.layers.front();
    tap_made([&] { return at::tensor({layer.global.keys.size(1)}, at::kLong); }, "memory.length");
    tap_made([&] { return map_of(layer.local.keys, memory.size); }, "memory.local_key");
    tap_made([&] { return map_of(layer.local.values, memory.size); }, "memory.local_value");
    tap_made([&] { return layer.global.keys; }, "memory.global_key");
    tap_made([&] { return layer.global.values; }, "memory.global_value");
  }

  /// One-hot id planes bool [B, N + 1, H, W] of rows with these masks, bool [B, R, H, W], and ids,
  /// int64 [B, R]: of two rows of an id the last stands; background, last, is where no row is. An
  /// id beyond the channels shares the last but two.
  Tensor planes(const Tensor& masks, const Tensor& row_ids) const {
    const int64_t batch = masks.size(0), rows = masks.size(1);
    const Tensor empty = at::zeros({1, masks.size(2), masks.size(3)}, masks.options());
    const Tensor ids = row_ids.cpu();
    auto id = ids.accessor<int64_t, 2>();
    auto select = [&](const Tensor& from, const std::vector<int64_t>& chosen) {
      const Tensor index = at::tensor(chosen, at::TensorOptions(at::kLong));
      return from.index_select(0, to_device(index, from.device()));
    };
    std::vector<Tensor> planes;
    for (int64_t b = 0; b < batch; ++b) {
      // The row of each plane, `rows` for an empty one, and the rows of any plane.
      std::vector<int64_t> row_of(parameters_.ids, rows), shown;
      for (int64_t row = 0; row < rows; ++row) {
        if (id[b][row] < 0) continue;
        row_of[std::min(id[b][row], parameters_.ids - 2)] = row;
        shown.push_back(row);
      }
      const Tensor background = select(masks[b], shown).any(0, true).logical_not();
      planes.push_back(at::cat({select(at::cat({masks[b], empty}), row_of), background}));
    }
    return at::stack(planes);
  }

  /// Scores that detections suppress each other by.
  Tensor rank(const Candidates& candidates, bool first) const {
    Tensor classes = std::get<0>(candidates.classes.max(1));
    if (!parameters_.identification) return classes.mul(candidates.quality);
    Tensor ids = std::get<0>(id_probabilities(candidates.branches.at("id"), parameters_.id_form)
                                 .narrow(1, 0, parameters_.ids)
                                 .max(1));
    Tensor score;
    if (parameters_.ranking == Parameters::Ranking::mean) {
      score = classes.add(ids).mul(0.5);
    } else {
      score = (first ? classes.add(ids, 0.5) : ids.add(classes, 0.5)).mul(candidates.quality);
    }
    return score.masked_fill(ids.le(parameters_.min_id_score),
                             -std::numeric_limits<double>::infinity());
  }

  ClipPrediction without_occluded(ClipPrediction prediction) const {
    Visible visible = visible_rows(prediction.masks, prediction.rows(), parameters_.min_visible);
    Tensor kept = at::tensor(visible.kept, at::TensorOptions(at::kLong));
    tap(kept, "kept");
    kept = to_device(kept, prediction.class_scores.device());
    prediction.class_scores = prediction.class_scores.index_select(1, kept);
    if (prediction.embeddings.defined()) {
      prediction.embeddings = prediction.embeddings.index_select(1, kept);
    }
    for (auto& entry : prediction.more.entries) entry.value = entry.value.index_select(1, kept);
    prediction.masks = visible.masks;
    return prediction;
  }

  Parameters parameters_;
  Given given_;
  std::shared_ptr<Network> network_;
  PositionCache positions_{0};
};

}  // namespace

}  // namespace clipwork::iai

CLIPWORK_PLUGIN(iai, "0.1.0") {
  registry.add<clipwork::iai::Iai>("iai",
                                   "a detector with a memory of past ids that predicts ids (IAI)");
}
