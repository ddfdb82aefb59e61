#include "frame_tracks.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace clipwork::python {

Tensor FrameTracks::decoded() const {
  Tensor all = at::empty({static_cast<int64_t>(masks.size()), size.height, size.width}, at::kBool);
  for (size_t i = 0; i < masks.size(); ++i) {
    all[static_cast<int64_t>(i)].copy_(masks[i].to_tensor());
  }
  return all;
}

Tensor FrameTracks::boxes() const {
  Tensor boxes = at::empty({static_cast<int64_t>(masks.size()), 4}, at::kFloat);
  auto* corner = boxes.mutable_data_ptr<float>();
  for (const MaskRle& mask : masks) {
    const Box box = mask.box();
    for (const int64_t value : {box.x, box.y, box.x + box.width, box.y + box.height}) {
      *corner++ = static_cast<float>(value);
    }
  }
  return boxes;
}

FrameTracks tracks_of(const SettledFrame& settled) {
  return FrameTracks(settled.size, settled.rows, [&](int64_t track) {
    const auto found = std::ranges::find(settled.masks, track, &SettledFrame::Mask::track);
    return found == settled.masks.end() ? std::nullopt : std::optional(found->mask);
  });
}

FrameTracks tracks_of(const Result& result, int64_t frame) {
  return FrameTracks(result.size, result.rows,
                     [&](int64_t track) { return result.mask(track, frame); });
}

}  // namespace clipwork::python
