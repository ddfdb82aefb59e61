#include "frame_tokens.h"

#include <ATen/ops/amax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/sum.h>
#include <clipwork/error.h>

#include <algorithm>
#include <cmath>

namespace clipwork::vita {

namespace {

/// [N, Q]: how likely a query is an object; 1 - "none" where the scores have a "none".
Tensor foreground(const ClipPrediction& prediction) {
  Tensor classes = class_probabilities(prediction.class_scores.detach(), prediction.form);
  return prediction.form == ScoreForm::softmax ? at::sum(classes, {-1}) : at::amax(classes, {-1});
}

}  // namespace

FrameTokens frame_tokens(const ClipPrediction& frames, int64_t layers, double keep) {
  auto below = static_cast<int64_t>(frames.aux.size());
  if (below + 1 < layers) {
    throw Error(
        cat("the frame decoder returns ", below + 1, " layers, but frame_layers is ", layers), "",
        "lower frame_layers");
  }
  int64_t queries = frames.embeddings.size(1);
  int64_t kept = std::max<int64_t>(1, std::lround(keep * static_cast<double>(queries)));
  std::vector<Tensor> tokens, indices;
  for (int64_t layer = below + 1 - layers; layer <= below; ++layer) {
    const ClipPrediction& of = layer < below ? frames.aux[layer] : frames;
    Tensor index;
    if (kept == queries) {
      index = at::arange(queries, of.embeddings.options().dtype(at::kLong))
                  .expand({of.embeddings.size(0), queries});
    } else {
      // Stable, so that equal scores give the same tokens in every run.
      Tensor order = foreground(of).argsort(true, -1, true);
      index = std::get<0>(order.narrow(1, 0, kept).sort(-1));
    }
    indices.push_back(index);
    tokens.push_back(kept == queries
                         ? of.embeddings
                         : at::gather(of.embeddings, 1,
                                      index.unsqueeze(2).expand({-1, -1, of.embeddings.size(2)})));
  }
  return {at::stack(tokens, 1), at::stack(indices, 1)};
}

}  // namespace clipwork::vita
