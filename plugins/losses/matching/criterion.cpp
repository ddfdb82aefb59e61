#include "criterion.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/topk.h>
#include <clipwork/module.h>
#include <clipwork/sample_points.h>
#include <clipwork/tap.h>
#include <clipwork/to_device.h>

namespace clipwork::matching {

namespace {

std::string layer_path(int index) {
  return index == Layer::kFinal ? std::string("final.") : cat("aux.", index, ".");
}

/// A matched pair's place: batch entry and row, and its object's masks and presence.
struct PairList {
  Pairs pairs;
  Tensor labels;   ///< bool [M, T, H, W]
  Tensor present;  ///< bool [M, T], on the CPU
};

PairList list_pairs(const Matched& matched, const ClipObjects& objects) {
  std::vector<int64_t> batch, rows, places;
  for (size_t entry = 0; entry < matched.matches.size(); ++entry) {
    const Assignment& pairs = matched.matches[entry];
    batch.insert(batch.end(), pairs.rows.size(), static_cast<int64_t>(entry));
    rows.insert(rows.end(), pairs.rows.begin(), pairs.rows.end());
    const int64_t first = objects.first[entry % objects.samples()];
    for (int64_t column : pairs.columns) places.push_back(first + column);
  }
  const Tensor object = at::tensor(places, at::kLong);
  return {{at::tensor(batch, at::kLong), at::tensor(rows, at::kLong)},
          objects.masks.index_select(0, to_device(object, objects.masks.device())),
          objects.present.index_select(0, object)};
}

/// The masks of matched pairs, frame by frame, with those of their objects.
class PairMasks {
 public:
  PairMasks(const Matched& matched, const PairList& list) {
    for (int64_t t = 0; t < list.present.size(1); ++t) {
      maps_.push_back(matched.prediction->masks->values(static_cast<int>(t), list.pairs));
      labels_.push_back(list.labels.select(1, t));
    }
  }
  int64_t frames() const { return static_cast<int64_t>(maps_.size()); }
  /// Logits [M, h, w] of a frame.
  const Tensor& map(int64_t frame) const { return maps_[frame]; }
  /// At points [M, T, P, 2] of each frame: [M, T, P].
  Tensor logits_at(const Tensor& points) const {
    std::vector<Tensor> values;
    for (int64_t t = 0; t < frames(); ++t) {
      values.push_back(sample_points(maps_[t].unsqueeze(1), points.select(1, t)).squeeze(1));
    }
    return at::stack(values, 1);
  }
  Tensor labels_at(const Tensor& points) const {
    std::vector<Tensor> values;
    for (int64_t t = 0; t < frames(); ++t) {
      values.push_back(sample_labels(labels_[t], points.select(1, t)));
    }
    return at::stack(values, 1);
  }

 private:
  std::vector<Tensor> maps_, labels_;
};

/// The most uncertain candidates of each frame, and its random points behind them.
MaskPoints frame_points(const PairMasks& masks, const PointSettings& settings,
                        const Tensor& candidates, const Tensor& random) {
  std::vector<Tensor> chosen;
  for (int64_t t = 0; t < masks.frames(); ++t) {
    chosen.push_back(uncertain_points(masks.map(t), settings, candidates.select(1, t),
                                      random.defined() ? random.select(1, t) : random));
  }
  Tensor places = at::stack(chosen, 1);
  MaskPoints points;
  points.logits = masks.logits_at(places);
  points.labels = masks.labels_at(places);
  return points;
}

/// The most uncertain candidates of all frames together, and the random points behind them.
MaskPoints volume_points(const PairMasks& masks, const PointSettings& settings,
                         const Tensor& candidates, const Tensor& random) {
  Tensor logits = masks.logits_at(candidates).flatten(1);
  Tensor labels = masks.labels_at(candidates).flatten(1);
  Tensor uncertainty = logits.detach().abs().neg();
  Tensor places = std::get<1>(at::topk(uncertainty, masks.frames() * settings.uncertain(), 1));
  logits = logits.gather(1, places);
  labels = labels.gather(1, places);
  if (random.defined()) {
    logits = at::cat({logits, masks.logits_at(random).flatten(1)}, 1);
    labels = at::cat({labels, masks.labels_at(random).flatten(1)}, 1);
  }
  MaskPoints points;
  points.logits = logits.unsqueeze(1);
  points.labels = labels.unsqueeze(1);
  return points;
}

/// [2, n]: rows, columns.
Tensor pairs_of(const Assignment& pairs) {
  return at::stack({at::tensor(pairs.rows, at::kLong), at::tensor(pairs.columns, at::kLong)});
}

}  // namespace

Rule::~Rule() = default;

void Parameters::describe(Describer& d) {
  d("name", name, "part of the names of the terms: \"vita\" makes loss_vita_ce").name_part();
  d("deep", deep, "also supervise the auxiliary layers, with equal weight");
  costs.describe(d);
  points.describe(d);
  d("choose", choose, {{"frame", Choose::frame}, {"volume", Choose::volume}},
    "where the uncertain points of a mask are searched for: in each frame, or in all frames of the "
    "clip together");
  d("frames", frames, "the loss of the predictions of single frames, if the decoder makes them");
  d("frames_weight", frames_weight, "weight of that loss; 0: only its matches are used")
      .range(0, 1e6);
  d("terms", terms, "the terms of the sum, by name");
}

LossContract Criterion::contract(const Parameters& p, const Given&) {
  LossContract contract;
  contract.needs = {"masks"};
  contract.gives = {"matched.points"};
  contract.empty = p.terms.entries.empty();
  if (p.frames.component || !p.frames.config.is_none()) {
    contract.needs.push_back("frames");
    contract.gives.push_back("matched.frames");
    const auto* frames = dynamic_cast<const LossContract*>(p.frames.promise.get());
    if (p.frames_weight > 0 && !(frames && frames->empty)) contract.empty = false;
  }
  return contract;
}

Criterion::Criterion(const Parameters& parameters, const std::vector<std::string>& also)
    : parameters_(parameters), module_(std::make_shared<torch::nn::Module>()) {
  std::vector<std::string> names = also;
  names.push_back(parameters_.name);
  for (const std::string& name : names) {
    auto criterion = std::make_shared<torch::nn::Module>();
    for (size_t i = 0; i < parameters_.terms.entries.size(); ++i) {
      torch::nn::Module* term = parameters_.terms[i].weights();
      if (!term) continue;
      for (const auto& buffer : term->named_buffers()) {
        criterion->register_buffer(buffer.key(), buffer.value());
      }
    }
    module_->register_module(name.empty() ? "criterion" : name + "_criterion", criterion);
  }
}

LossResult Criterion::operator()(const Sequence& sequence, std::span<const Targets> targets,
                                 Context& context) {
  LossResult result;
  if (sequence.clips.empty()) throw Error("there are no clips to compute a loss for");
  std::vector<Matched> frames = match_frames(sequence, targets, context, result);
  auto aux = static_cast<int>(parameters_.deep ? sequence.clips[0].prediction->aux.size() : 0);
  for (int index = Layer::kFinal; index < aux; ++index) {
    Layer layer;
    layer.index = index;
    layer.frames = frames;
    result.layers.push_back(std::move(layer));
  }
  std::unique_ptr<Rule> rule = make_rule(targets);
  auto clips = static_cast<int64_t>(sequence.clips.size());
  std::string prefix = parameters_.name.empty() ? std::string() : parameters_.name + ".";
  for (int64_t k = 0; k < clips; ++k) {
    const Sequence::Clip& clip = sequence.clips[k];
    std::vector<Targets> truth;
    for (const Targets& video : targets) {
      truth.push_back(frames_of(video, clip.first, clip.frames));
    }
    const ClipObjects objects(truth);
    for (Layer& layer : result.layers) {
      std::shared_ptr<const ClipPrediction> prediction = clip.prediction;
      if (layer.index != Layer::kFinal) {
        prediction = {clip.prediction, &clip.prediction->aux.at(layer.index)};
      }
      ClipLayer task{k,     layer.index, *prediction,
                     truth, objects,     prefix + clip_path(k, clips) + layer_path(layer.index)};
      Matched matched = match_clip(task, *rule, prediction, context);
      matched.first = clip.first;
      layer.clips.push_back(std::move(matched));
    }
  }
  for (const Layer& layer : result.layers) {
    for (size_t i = 0; i < parameters_.terms.entries.size(); ++i) {
      LossTerm& term = parameters_.terms[i];
      std::string name = cat("loss_", parameters_.name, parameters_.name.empty() ? "" : "_",
                             parameters_.terms.entries[i].first,
                             layer.index == Layer::kFinal ? std::string() : cat("_", layer.index));
      add(name, term(layer, context), term.weight(), result);
    }
  }
  return result;
}

std::vector<Matched> Criterion::match_frames(const Sequence& sequence,
                                             std::span<const Targets> targets, Context& context,
                                             LossResult& result) const {
  if (!parameters_.frames.component) return {};
  if (!sequence.frames) {
    throw Error(
        "the loss has a part for single frames, but the decoder makes no predictions of them");
  }
  Sequence single;
  single.clips.push_back({0, 1, sequence.frames});
  LossResult of_frames = (*parameters_.frames)(single, split_frames(targets), context);
  if (parameters_.frames_weight > 0) {
    for (LossValue& value : of_frames.terms) {
      value.weight *= parameters_.frames_weight;
      result.terms.push_back(std::move(value));
    }
  }
  // The clips are made from as many of the last layers as the batch holds copies.
  auto layers = static_cast<int64_t>(of_frames.layers.size());
  int64_t used = std::min<int64_t>(sequence.clips[0].prediction->copies, layers);
  std::vector<Matched> frames;
  for (int64_t i = layers - used + 1; i < layers; ++i) {
    frames.push_back(std::move(of_frames.layers[i].clips.at(0)));
  }
  frames.push_back(std::move(of_frames.layers.at(0).clips.at(0)));
  return frames;
}

Matched Criterion::match_clip(const ClipLayer& layer, Rule& rule,
                              std::shared_ptr<const ClipPrediction> prediction,
                              Context& context) const {
  Matched matched;
  matched.prediction = std::move(prediction);
  matched.targets = layer.targets;
  try {
    ClipMatches matches = rule.match(layer, context);
    matched.matches = std::move(matches.pairs);
    matched.normaliser = object_normaliser(matches.objects, context.world);
  } catch (Error& error) {
    error.within(layer.index == Layer::kFinal ? std::string("the last layer")
                                              : cat("auxiliary layer ", layer.index));
    throw;
  }
  for (size_t entry = 0; entry < matched.matches.size(); ++entry) {
    tap_made([&] { return pairs_of(matched.matches[entry]); }, "match.", layer.path, entry,
             ".pairs");
  }
  if (wants_points()) matched.points = choose_points(matched, layer, context);
  return matched;
}

bool Criterion::wants_points() const {
  for (size_t i = 0; i < parameters_.terms.entries.size(); ++i) {
    if (parameters_.terms[i].wants_points()) return true;
  }
  return false;
}

MaskPoints Criterion::choose_points(const Matched& matched, const ClipLayer& layer,
                                    Context& context) const {
  const PointSettings& settings = parameters_.points;
  PairList list = list_pairs(matched, layer.objects);
  const c10::Device device = layer.objects.masks.device();
  int64_t count = list.pairs.count(), frames = list.present.size(1), rows = count * frames;
  auto draw = [&](int64_t points, const char* what) {
    const Tensor drawn = draw_points(context, {rows, points, 2}, layer.path + what);
    return to_device(drawn, device).view({count, frames, points, 2});
  };
  const Tensor candidates = draw(settings.candidates(), "candidates");
  Tensor random;
  if (settings.random() > 0) random = draw(settings.random(), "random");
  PairMasks masks(matched, list);
  MaskPoints points = parameters_.choose == Parameters::Choose::frame
                          ? frame_points(masks, settings, candidates, random)
                          : volume_points(masks, settings, candidates, random);
  points.present = list.present;
  return points;
}

std::vector<Tensor> costs_of(const ClipLayer& layer, const Parameters& parameters,
                             Context& context) {
  const int64_t batch = layer.prediction.class_scores.size(0);
  std::vector<Tensor> points;
  for (int64_t entry = 0; entry < batch; ++entry) {
    points.push_back(
        draw_points(context, {1, parameters.points.count, 2}, cat(layer.path, "matcher.", entry)));
  }
  return matching_costs(layer.prediction, layer.targets, layer.objects, at::cat(points),
                        parameters.costs);
}

}  // namespace clipwork::matching
