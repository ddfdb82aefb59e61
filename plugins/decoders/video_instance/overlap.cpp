#include "overlap.h"

#include <ATen/ops/where.h>

namespace clipwork::video_instance {

void OverlapParameters::describe(Describer& d) {
  d("overlap_embeddings", made,
    "also return embeddings of the frames shared with neighbouring windows (tracker "
    "'overlap_embedding')");
  d("overlap_input", input, {{"layer", Input::layer}, {"output", Input::output}},
    "queries from which the last layer is computed again: its own input, or its output");
  d("overlap_mask", mask, {{"layer", Mask::layer}, {"final", Mask::final_prediction}},
    "mask of a query in the shared frames: the one that the last layer used, or the final "
    "prediction");
  d("overlap_blocks", blocks, {{"all", Blocks::all}, {"cross", Blocks::cross}},
    "part of the last layer that is computed again: all of it, or only its cross-attention");
}

Overlap::Overlap(const QueryDecoder& network, const OverlapParameters& parameters, LastLayer layer)
    : network_(network), parameters_(parameters), layer_(std::move(layer)) {
  using Input = OverlapParameters::Input;
  using Mask = OverlapParameters::Mask;
  if (parameters.input == Input::output) layer_.input = layer_.output;
  bool as_it_ran = parameters.input == Input::layer && parameters.mask == Mask::layer;
  if (!as_it_ran) layer_.crossed = cross(layer_.keys, layer_.values, layer_.closed);
}

Tensor Overlap::cross(const Tensor& keys, const Tensor& values, const Tensor& closed) const {
  int64_t last = network_.layers.count() - 1;
  return network_.layers.cross(last, layer_.input, network_.query_positions.unsqueeze(0), keys,
                               values, open_empty_rows(closed));
}

Overlap::Result Overlap::of(int64_t first, int64_t last) const {
  int64_t keys = layer_.closed.size(2) / layer_.frames;
  auto part = [&](const Tensor& of, int64_t dim) {
    return of.narrow(dim, first * keys, (last - first) * keys);
  };
  Tensor closed = part(layer_.closed, 2);
  Tensor seen = closed.all(-1).logical_not(), chosen = seen.unsqueeze(-1);
  // Queries that are not seen stay in the self-attention of the others as they ordinarily are.
  Tensor crossed = at::where(chosen, cross(part(layer_.keys, 1), part(layer_.values, 1), closed),
                             layer_.crossed);
  if (parameters_.blocks == OverlapParameters::Blocks::all) {
    crossed = network_.layers.rest(network_.layers.count() - 1, crossed,
                                   network_.query_positions.unsqueeze(0));
  }
  return {at::where(chosen, network_.heads.embeddings(crossed), layer_.embeddings), seen};
}

}  // namespace clipwork::video_instance
