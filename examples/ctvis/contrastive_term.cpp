#include "contrastive_term.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <map>

#include "memory_bank.h"

using namespace clipwork;

namespace ctvis {

namespace {

/// A frame of a sample: the embeddings of its queries, and the query of each object; -1 where the
/// frame does not show it.
struct FrameQueries {
  int64_t frame = 0;
  Tensor embeddings;  ///< [Q, C]
  std::vector<int64_t> queries;
};

/// The frames of each sample, in order.
std::map<int64_t, std::vector<FrameQueries>> samples_of(const Layer& layer) {
  std::map<int64_t, std::vector<FrameQueries>> samples;
  for (const Matched& clip : layer.clips) {
    for (int64_t entry = 0; entry < std::ssize(clip.matches); ++entry) {
      const Targets& targets = clip.targets_of(entry);
      if (targets.frames() != 1) {
        throw Error(
            cat("loss term 'contrastive' expected windows of one frame, found ", targets.frames()),
            "", "set window.length = 1");
      }
      FrameQueries frame{targets.first, clip.prediction->embeddings[entry], {}};
      frame.queries.assign(targets.count(), -1);
      const Tensor ids = targets.ids.select(1, 0).cpu();
      const Assignment& pairs = clip.matches[entry];
      for (size_t i = 0; i < pairs.rows.size(); ++i) {
        const int64_t object = pairs.columns[i];
        if (ids[object].item<int64_t>() >= 0) frame.queries[object] = pairs.rows[i];
      }
      samples[targets.sample].push_back(std::move(frame));
    }
  }
  for (auto& [sample, frames] : samples) {
    std::stable_sort(frames.begin(), frames.end(),
                     [](const auto& a, const auto& b) { return a.frame < b.frame; });
  }
  return samples;
}

/// One object of a sample over its frames.
struct History {
  std::vector<Tensor> embeddings;  ///< [C], undefined in frames without the object
  std::vector<Tensor> means;       ///< of the bank, behind each frame; undefined before the first
  std::vector<Tensor> others;      ///< [n, C]: all other embeddings of each frame

  /// What the embedding in frame `t` shall resemble: what was remembered before, or the next one
  /// where the object appears in that frame.
  Tensor positive(size_t t, bool mean) const {
    for (size_t before = t; before-- > 0;) {
      if (embeddings[before].defined()) return mean ? means[t - 1] : embeddings[before];
    }
    // The public code compares this number with the frame's instead of asking whether any is left.
    const auto absent =
        std::count_if(embeddings.begin() + static_cast<int64_t>(t) + 1, embeddings.end(),
                      [](const Tensor& one) { return !one.defined(); });
    if (absent == static_cast<int64_t>(t)) return {};
    for (size_t after = t + 1; after < embeddings.size(); ++after) {
      if (embeddings[after].defined()) return embeddings[after];
    }
    return {};
  }
};

/// The rows of `all` [Q, C] but one.
Tensor without(const Tensor& all, int64_t row) {
  return at::cat({all.narrow(0, 0, row), all.narrow(0, row + 1, all.size(0) - row - 1)});
}

/// `object` over the frames. Where it is absent, `noise` [frames] may put another query in its
/// place: the one of this number, or none where it is negative.
History history_of(const std::vector<FrameQueries>& frames, size_t object, const Tensor& noise) {
  History history;
  Memory memory;
  for (size_t t = 0; t < frames.size(); ++t) {
    const Tensor& all = frames[t].embeddings;
    const int64_t query = frames[t].queries[object];
    const auto replacement = noise[static_cast<int64_t>(t)].item<int64_t>();
    Tensor embedding;
    if (query >= 0) {
      embedding = all[query];
    } else if (replacement >= 0) {
      embedding = all[replacement];
    }
    if (embedding.defined()) memory.add(embedding);
    history.embeddings.push_back(embedding);
    history.means.push_back(memory.empty() ? Tensor() : memory.mean());
    history.others.push_back(query >= 0 ? without(all, query) : all);
  }
  return history;
}

/// log(1 + sum over negatives of exp(n . a - p . a)), and `cosine` times the mean squared distance
/// of the cosines from 1 for the positive and from 0 for the negatives.
Tensor item(const Tensor& anchor, const Tensor& positive, const Tensor& negatives, double cosine) {
  const Tensor all = at::cat({positive.unsqueeze(0), negatives});
  const Tensor products = at::mv(all, anchor);
  // The positive's own difference is the 0 whose exponential is the 1.
  Tensor value = at::logsumexp(products - products[0], 0);
  if (cosine > 0) {
    Tensor wanted = at::zeros({all.size(0)}, all.options());
    wanted[0] = 1;
    value = value + cosine * (at::mv(unit(all), unit(anchor)) - wanted).square().mean();
  }
  return value;
}

}  // namespace

void ContrastiveTerm::Parameters::describe(Describer& d) {
  d("weight", weight, "weight in the loss").range(0, 1e6);
  d("cosine", cosine, "weight of the loss of cosines beside that of products").range(0, 1e6);
  d("mean", mean,
    "probability that an embedding is compared with the mean of the bank, not with the object's "
    "last embedding")
      .range(0, 1);
  d("noise", noise, "probability that the bank takes another query where an object is absent")
      .range(0, 1);
}

ContrastiveTerm::Contract ContrastiveTerm::contract(const Parameters&, const Given&) {
  Contract contract;
  contract.needs = {"embeddings"};
  return contract;
}

std::vector<Tensor> ContrastiveTerm::operator()(const Layer& layer, Context& context) {
  if (layer.index != Layer::kFinal) return {};
  Tensor sum = layer.clips.at(0).prediction->embeddings.new_zeros({});
  int64_t items = 0;
  for (const auto& [sample, frames] : samples_of(layer)) {
    const auto objects = std::ssize(frames[0].queries), length = std::ssize(frames);
    const int64_t queries = frames[0].embeddings.size(0);
    at::Generator& generator = context.random("ctvis");
    auto draw = [&] { return at::rand({objects, length}, generator, at::kDouble); };
    const Tensor by_mean = draw().lt(parameters_.mean);
    Tensor noise = (draw() * static_cast<double>(queries)).floor().to(at::kLong);
    noise = tap(noise, "draw.ctvis.noise.", sample);
    noise = noise.masked_fill(draw().ge(parameters_.noise), -1);
    for (int64_t object = 0; object < objects; ++object) {
      const History history = history_of(frames, static_cast<size_t>(object), noise[object]);
      for (int64_t t = 1; t < length; ++t) {
        const Tensor& anchor = history.embeddings[t];
        if (!anchor.defined()) continue;
        const Tensor positive =
            history.positive(static_cast<size_t>(t), by_mean[object][t].item<bool>());
        if (!positive.defined()) continue;
        sum = sum + item(anchor, positive, history.others[t - 1], parameters_.cosine);
        ++items;
      }
    }
  }
  return {sum / static_cast<double>(std::max(items, int64_t{1}))};
}

}  // namespace ctvis
