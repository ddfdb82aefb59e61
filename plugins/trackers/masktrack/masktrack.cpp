#include "masktrack.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/max.h>
#include <ATen/ops/min.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/track_book.h>

#include <limits>
#include <map>

#include "track_term.h"

namespace clipwork::masktrack {

namespace {

/// An object of the external memory.
struct KnownObject : LiveTrack {
  Tensor features;    ///< [width]
  Tensor box;         ///< [4]
  int64_t label = 0;  ///< that of its first detection
};

using Book = TrackBook<KnownObject>;

/// The detections of a frame.
struct Detections {
  Tensor features;  ///< [R, width]
  Tensor boxes;     ///< [R, 4]
  Tensor scores;    ///< [R], of the best class
  Tensor labels;    ///< int64 [R]
};

/// Intersection over union of boxes [R, 4] with boxes [M, 4]: [R, M].
Tensor overlaps(const Tensor& a, const Tensor& b) {
  auto area = [](const Tensor& boxes) {
    Tensor sides = boxes.narrow(-1, 2, 2) - boxes.narrow(-1, 0, 2);
    return sides.select(-1, 0) * sides.select(-1, 1);
  };
  Tensor left = a.unsqueeze(1), right = b.unsqueeze(0);
  Tensor low = at::max(left.narrow(2, 0, 2), right.narrow(2, 0, 2));
  Tensor high = at::min(left.narrow(2, 2, 2), right.narrow(2, 2, 2));
  Tensor common = (high - low).clamp_min(0).prod(2);
  Tensor either = area(left) + area(right) - common;
  return (common / either).masked_fill(either.le(0), 0);
}

/// [R, M + 1]: likelihoods with detection score, box and class. To be new overlaps nothing and
/// agrees with every class.
Tensor match_scores(const Parameters& p, const Detections& detections,
                    const std::vector<KnownObject>& known) {
  std::vector<Tensor> features, boxes;
  std::vector<int64_t> labels;
  for (const KnownObject& object : known) {
    features.push_back(object.features);
    boxes.push_back(object.box);
    labels.push_back(object.label);
  }
  Tensor likelihood = at::log_softmax(match_logits(detections.features, at::stack(features)), 1);
  Tensor iou = overlaps(detections.boxes, at::stack(boxes));
  Tensor same = detections.labels.unsqueeze(1)
                    .eq(at::tensor(labels, detections.labels.options()))
                    .to(iou.scalar_type());
  Tensor none = iou.new_zeros({iou.size(0), 1});
  return likelihood + p.score_weight * detections.scores.log().unsqueeze(1) +
         p.iou_weight * at::cat({none, iou}, 1) + p.class_weight * at::cat({none + 1, same}, 1);
}

/// For each row the place of its object in the memory, -1 for a new one, and kNoObject for a row
/// whose object another row fits better.
constexpr int64_t kNewObject = -1, kNoObject = -2;
std::vector<int64_t> best_places(const Tensor& scores) {
  auto [best, column] = scores.max(1);
  const Tensor score = best.cpu(), place = column.cpu();
  std::vector<int64_t> places;
  std::map<int64_t, int64_t> holder;
  for (int64_t row = 0; row < scores.size(0); ++row) {
    places.push_back(place[row].item<int64_t>() - 1);
    if (places.back() == kNewObject) continue;
    auto [held, free] = holder.emplace(places.back(), row);
    if (free) continue;
    const bool better = score[row].item<float>() > score[held->second].item<float>();
    places[better ? held->second : row] = kNoObject;
    if (better) held->second = row;
  }
  return places;
}

}  // namespace

void Parameters::describe(Describer& d) {
  d("width", width, "width of the compared features").range(1, 65536);
  d("layers", layers, "number of linear layers before the comparison").range(1, 16);
  d("score_weight", score_weight, "weight of the logarithm of a detection's score").range(0, 1000);
  d("iou_weight", iou_weight, "weight of the overlap of a detection's box with an object's latest")
      .range(0, 1000);
  d("class_weight", class_weight, "weight of equal classes").range(0, 1000);
  d("patience", patience,
    "number of consecutive frames without a match that an object stays in memory; 0: all, as "
    "published")
      .range(0, 1000000)
      .unit("frames");
}

TrackHead::TrackHead(int64_t channels, const Parameters& p) {
  for (int64_t i = 0; i < p.layers; ++i) {
    layers_.push_back(make_child<Linear>(*this, cat("fcs.", i), i == 0 ? channels : p.width,
                                         p.width, true,
                                         i + 1 == p.layers ? Activation::none : Activation::relu));
  }
}

Tensor TrackHead::forward(const Tensor& embeddings) {
  Tensor x = embeddings;
  for (const auto& layer : layers_) x = layer->forward(x);
  return x;
}

Tensor match_logits(const Tensor& features, const Tensor& known) {
  return at::cat({features.new_zeros({features.size(0), 1}), at::mm(features, known.t())}, 1);
}

MaskTrack::Contract MaskTrack::contract(const Parameters& p, const Given&) {
  Contract contract;
  contract.needs = {"embeddings", "map:embeddings", "boxes"};
  contract.gives = {"track_head"};
  contract.max_window = 1;
  contract.state = cat("features, box and class of ",
                       p.patience > 0 ? cat("the objects of the last ", p.patience, " frames")
                                      : std::string("all objects"));
  return contract;
}

MaskTrack::MaskTrack(const Parameters& p, const Given& given)
    : parameters_(p), head_(std::make_shared<TrackHead>(given.find("embeddings")->channels, p)) {}

std::unique_ptr<State> MaskTrack::make_state(int64_t) const { return std::make_unique<Book>(); }

Tracked MaskTrack::track(ClipPrediction prediction, const Window& window, State& state, Context&) {
  auto& book = dynamic_cast<Book&>(state);
  TapPrefix prefix("frame.", window.first, ".");
  const int64_t rows = prediction.rows();
  Detections detections;
  detections.features = tap(head_->forward(prediction.embeddings[0]), "track.features");
  detections.boxes = prediction.more.at("boxes")[0];
  Tensor classes = class_probabilities(prediction.class_scores[0], prediction.form);
  std::tie(detections.scores, detections.labels) = classes.max(1);

  std::vector<int64_t> places(rows, kNewObject);
  if (rows > 0 && !book.live().empty()) {
    places = best_places(tap(match_scores(parameters_, detections, book.live()), "track.scores"));
  }
  std::vector<Link> links;
  for (int64_t row = 0; row < rows; ++row) {
    links.push_back({static_cast<int>(row), -1, places[row] == kNewObject});
    if (places[row] == kNoObject) continue;
    KnownObject& object = book.see(places[row]);
    object.features = detections.features[row];
    object.box = detections.boxes[row];
    if (links.back().fresh) object.label = detections.labels[row].item<int64_t>();
    links.back().track = object.id;
  }
  tap_made(
      [&] {
        std::vector<int64_t> ids;
        for (const Link& link : links) ids.push_back(link.track);
        return at::tensor(ids, at::kLong);
      },
      "track.ids");
  constexpr int64_t kAlways = std::numeric_limits<int64_t>::max();
  std::vector<int64_t> ended =
      book.end_window(parameters_.patience > 0 ? parameters_.patience : kAlways);
  return {window.first, std::move(prediction), std::move(links), std::move(ended)};
}

}  // namespace clipwork::masktrack

CLIPWORK_PLUGIN(masktrack, "0.1.0") {
  registry.add<clipwork::masktrack::MaskTrack>(
      "masktrack", "links detections by learned features, score, box and class (MaskTrack R-CNN)");
  registry.add<clipwork::masktrack::TrackTerm>(
      "track", "which object of the frame before a matched detection is (MaskTrack R-CNN)");
}
