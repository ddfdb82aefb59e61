#pragma once
// The truth that training compares predictions with.

#include <clipwork/size.h>
#include <clipwork/tensors.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace clipwork {

/// The objects of one video (or picture: a video of one frame) of a batch. Labels and ids are on
/// the CPU, masks and boxes may be on the device that trains.
struct Targets {
  std::string name;  ///< of the video, in error messages
  Tensor labels;     ///< int64 [N]: class
  Tensor ids;        ///< int64 [N, T]: the object's id, -1 in frames without it
  Tensor masks;      ///< bool [N, T, H, W], all false in frames without the object
  Tensor boxes;  ///< float [N, T, 4] (x0, y0, x1, y1) in pixels; undefined where no box is known
  /// The place in the batch of the sample that these frames belong to, and the sample's frame that
  /// they begin with. Where every frame is a batch entry, frames of one sample share `sample`.
  int64_t sample = 0, first = 0;

  int64_t count() const { return labels.size(0); }
  int64_t frames() const { return ids.size(1); }
};

/// Throws InputError where the tensors do not fit each other, a label is not in [0, classes), or an
/// id is below -1.
void check_targets(const Targets& targets, int64_t classes);
/// The masks with zeros added right and below up to this size.
Targets padded_targets(Targets targets, Size size);
/// An object's id becomes -1 in frames where its mask is empty (VITA, `prepare_targets`).
Targets without_empty_masks(Targets targets);
/// Without the objects that no frame has (Mask2Former-VIS and VITA, `prepare_targets`).
Targets without_absent(const Targets& targets);
/// Ids shifted so that the smallest is 0 (VITA, `prepare_targets`).
Targets with_ids_from_zero(Targets targets);
/// Ids renumbered 0, 1, ... in their ascending order (IAI's clips).
Targets with_ids_in_order(Targets targets);
/// Frames [first, first + count) of all objects; objects absent from them stay.
Targets frames_of(const Targets& targets, int64_t first, int64_t count);
/// Each frame on its own, with the objects that it has: [B x T], frames inner.
std::vector<Targets> split_frames(std::span<const Targets> targets);

}  // namespace clipwork
