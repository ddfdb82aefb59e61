#pragma once
// A query decoder of a few numbers, which two tests use.

#include <clipwork/models/mask2former_decoder.h>

#include "core/ops/ops_support.h"

namespace clipwork::test {

constexpr int64_t kChannels = 8, kQueries = 5, kLayers = 4;

inline QueryDecoderParameters small_decoder() {
  QueryDecoderParameters parameters;
  parameters.queries = kQueries;
  parameters.channels = kChannels;
  parameters.heads = 2;
  parameters.layers = kLayers;
  parameters.feedforward = 12;
  return parameters;
}

/// The pixel decoder's maps: three levels, and mask features of 6 channels.
inline Given small_maps() {
  Given given;
  given.classes = 2;
  for (int64_t level = 0; level < QueryDecoder::kLevels; ++level) {
    given.maps.push_back({cat("multi_scale.", level), kChannels, int64_t{32} >> level});
  }
  given.maps.push_back({"mask_features", 6, 4});
  return given;
}

}  // namespace clipwork::test
