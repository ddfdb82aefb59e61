#pragma once
// The tracks of one frame, as Python sees them.

#include <clipwork/frame.h>
#include <clipwork/host/tracks.h>
#include <clipwork/mask_rle.h>

#include <cstdint>
#include <vector>

namespace clipwork::python {

/// The tracks that are seen in a frame, each with its best class, best first.
struct FrameTracks {
  Size size;
  std::vector<int64_t> ids, labels;
  std::vector<double> scores;
  std::vector<MaskRle> masks;

  /// Those of the masks that `mask_of` has: optional<MaskRle> of a track.
  template <class MaskOf>
  FrameTracks(Size size, const std::vector<ResultRow>& rows, const MaskOf& mask_of) : size(size) {
    for (const ResultRow& row : best_row_per_track(rows)) {
      std::optional<MaskRle> mask = mask_of(row.track);
      if (!mask || mask->empty()) continue;
      ids.push_back(row.track);
      labels.push_back(row.category);
      scores.push_back(row.score);
      masks.push_back(std::move(*mask));
    }
  }

  /// Bool [N, H, W].
  Tensor decoded() const;
  /// Float [N, 4]: x0, y0, x1, y1 of the smallest rectangles round the masks, in pixels; the right
  /// and lower sides are behind the last pixel.
  Tensor boxes() const;
};

FrameTracks tracks_of(const SettledFrame& settled);
FrameTracks tracks_of(const Result& result, int64_t frame);

}  // namespace clipwork::python
