#pragma once
#include <clipwork/component.h>

#include <vector>

#include "association.h"

namespace clipwork::iai {

/// The state that the decoder carries from frame to frame of a video.
struct Memory : State {
  int64_t frames = 0;   ///< decoded so far
  int64_t updated = 0;  ///< frames observed when the global memory last took one
  std::vector<LayerMemory> layers;
  /// The frame that was decoded and not observed yet: its index, the coarsest map's projection [B,
  /// h w, C] with its size, and what each layer made of it.
  int64_t frame = 0;
  Tensor encoded;
  Size size;
  std::vector<LayerQuery> queries;
};

/// Puts a frame's keys and values in front of the global memory. `limit`: most frames that it may
/// hold, of which the first stays; 0: any number.
void put_in_front(KeyValues& global, const KeyValues& frame, int64_t limit);

}  // namespace clipwork::iai
