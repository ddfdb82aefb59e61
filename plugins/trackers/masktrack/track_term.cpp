#include "track_term.h"

#include <ATen/core/Reduction.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>
#include <clipwork/tap.h>

#include <algorithm>

namespace clipwork::masktrack {

namespace {

/// Places of true entries of a bool [N].
std::vector<int64_t> places_of(const Tensor& known) {
  std::vector<int64_t> places;
  const Tensor here = known.cpu();
  for (int64_t i = 0; i < here.size(0); ++i) {
    if (here[i].item<bool>()) places.push_back(i);
  }
  return places;
}

Tensor numbers(const std::vector<int64_t>& values, at::Device device) {
  return at::tensor(values, at::TensorOptions(at::kLong)).to(device);
}

}  // namespace

void TrackTerm::Parameters::describe(Describer& d) {
  d("weight", weight, "weight in the loss").range(0, 1e6);
  d("tracker", tracker, "the tracker 'masktrack' that the loss trains");
}

Contract TrackTerm::contract(const Parameters&, const Given&) {
  Contract contract;
  contract.needs = {"matched.embeddings", "track_head"};
  return contract;
}

std::vector<Tensor> TrackTerm::operator()(const Layer& layer, Context&) {
  TrackHead& head = dynamic_cast<MaskTrack&>(*tracker_).head();
  std::vector<Tensor> values;
  for (size_t k = 1; k < layer.clips.size(); ++k) {
    const Matched &before = layer.clips[k - 1], &now = layer.clips[k];
    const Tensor& embeddings = now.prediction->embeddings;
    const Tensor truth = before.prediction->more.at("truth.embeddings");
    const Tensor known = before.prediction->more.at("truth.known");
    Tensor sum = embeddings.new_zeros({});
    int64_t detections = 0;
    for (size_t b = 0; b < now.matches.size(); ++b) {
      const Assignment& matches = now.matches[b];
      if (matches.rows.empty()) continue;
      const auto entry = static_cast<int64_t>(b);
      const std::vector<int64_t> references = places_of(known[entry]);
      std::vector<int64_t> wanted;
      for (const int64_t object : matches.columns) {
        const auto found = std::find(references.begin(), references.end(), object);
        wanted.push_back(found == references.end() ? 0 : found - references.begin() + 1);
      }
      const at::Device device = embeddings.device();
      Tensor features =
          head.forward(embeddings[entry].index_select(0, numbers(matches.rows, device)));
      Tensor reference = head.forward(truth[entry].index_select(0, numbers(references, device)));
      Tensor labels = numbers(wanted, device);
      tap_made([&] { return labels; }, "match.tracks.", now.first, ".", b);
      sum = sum + at::cross_entropy_loss(match_logits(features, reference), labels, {},
                                         at::Reduction::Sum);
      detections += labels.size(0);
    }
    values.push_back(sum / static_cast<double>(std::max(detections, int64_t{1})));
  }
  return values;
}

}  // namespace clipwork::masktrack
