#include "similarity_term.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <numeric>

namespace clipwork::terms {

namespace {

std::vector<int64_t> numbers(const Tensor& values) {
  Tensor copy = values.to(at::kCPU).contiguous();
  const auto* data = copy.const_data_ptr<int64_t>();
  return {data, data + copy.numel()};
}

/// Embeddings of one group (frame layer and video), and whose they are.
struct Group {
  std::vector<Tensor> embeddings;
  std::vector<int64_t> ids;

  /// Adds the rows of `from` [F, C] that were matched with objects of known id. `rows`: which row
  /// of the prediction each of the F is.
  void add(const Tensor& from, const std::vector<int64_t>& rows, const Assignment& pairs,
           const std::vector<int64_t>& ids_of_columns) {
    std::vector<int64_t> places;
    for (size_t p = 0; p < pairs.rows.size(); ++p) {
      int64_t id = ids_of_columns[pairs.columns[p]];
      auto place = std::find(rows.begin(), rows.end(), pairs.rows[p]);
      // Tokens that were pruned take no part.
      if (id < 0 || place == rows.end()) continue;
      places.push_back(place - rows.begin());
      ids.push_back(id);
    }
    embeddings.push_back(from.index_select(0, at::tensor(places, at::kLong).to(from.device())));
  }
};

std::vector<int64_t> in_order(int64_t count) {
  std::vector<int64_t> rows(count);
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

}  // namespace

void SimilarityTerm::Parameters::describe(Describer& d) {
  d("weight", weight, "weight in the loss").range(0, 1e6);
  d("clips", clips, "include clip queries, not only frame queries");
}

Contract SimilarityTerm::contract(const Parameters&, const Given&) {
  Contract contract;
  contract.needs = {"similarity.clip", "matched.frames"};
  return contract;
}

std::vector<Tensor> SimilarityTerm::operator()(const Layer& layer, Context& context) {
  if (layer.index != Layer::kFinal) return {};
  std::vector<Tensor> values;
  for (const Matched& clip : layer.clips) values.push_back(of_clip(layer, clip, context.world));
  return values;
}

Tensor SimilarityTerm::of_clip(const Layer& layer, const Matched& clip, Communicator& world) const {
  const Tensor& of_frames = clip.prediction->more.at("similarity.frame");
  const Tensor& of_clips = clip.prediction->more.at("similarity.clip");
  const Tensor* indices = clip.prediction->more.find("similarity.indices");
  auto videos = static_cast<int64_t>(clip.targets.size());
  int64_t copies = of_clips.size(0) / videos, frames = of_frames.size(1);
  if (static_cast<int64_t>(layer.frames.size()) != copies) {
    throw Error(cat("loss term 'similarity' needs matches of ", copies, " frame layers, found ",
                    layer.frames.size()),
                "", "add a table `frames` to the loss");
  }
  constexpr double kNone = 1e-6;
  Tensor sum = of_clips.new_zeros({});
  double pairs = 0;
  for (int64_t entry = 0; entry < copies * videos; ++entry) {
    const Matched& frame_layer = layer.frames[entry / videos];
    int64_t video = entry % videos;
    auto sample_frames = static_cast<int64_t>(frame_layer.matches.size()) / videos;
    Group group;
    for (int64_t t = 0; t < frames; ++t) {
      int64_t place = video * sample_frames + clip.first + t;
      std::vector<int64_t> rows =
          indices ? numbers((*indices)[entry][t]) : in_order(of_frames.size(2));
      group.add(of_frames[entry][t], rows, frame_layer.matches[place],
                numbers(frame_layer.targets_of(place).ids.select(1, 0)));
    }
    if (clips_) {
      const Tensor& ids = clip.targets_of(entry).ids;
      if (ids.size(0) > 0) {
        group.add(of_clips[entry], in_order(of_clips.size(1)), clip.matches[entry],
                  numbers(std::get<0>(ids.max(1))));
      }
    }
    if (group.ids.empty()) continue;
    Tensor all = at::cat(group.embeddings).to(at::kFloat);
    Tensor ids = at::tensor(group.ids, at::kLong).to(all.device());
    Tensor same = ids.unsqueeze(1).eq(ids.unsqueeze(0)).to(at::kFloat);
    sum = sum + at::binary_cross_entropy_with_logits(at::mm(all, all.t()), same, {}, {},
                                                     at::Reduction::Sum);
    pairs += static_cast<double>(same.numel());
  }
  return sum / (world.mean(pairs) + kNone);
}

}  // namespace clipwork::terms
