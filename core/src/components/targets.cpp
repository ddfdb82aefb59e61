#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/where.h>
#include <clipwork/error.h>
#include <clipwork/targets.h>
#include <clipwork/to_device.h>

#include <algorithm>

#include "frames/size_text.h"

namespace clipwork {

namespace {

/// The objects at these places (int64 [n], ascending).
Targets chosen(const Targets& targets, const Tensor& places) {
  if (places.size(0) == targets.count()) return targets;
  auto select = [&](const Tensor& values) {
    return values.index_select(0, to_device(places, values.device()));
  };
  Targets result = targets;
  result.labels = select(targets.labels);
  result.ids = select(targets.ids);
  result.masks = select(targets.masks);
  if (targets.boxes.defined()) result.boxes = select(targets.boxes);
  return result;
}

Tensor places_of(const Tensor& flags) { return flags.nonzero().select(1, 0); }

[[noreturn]] void wrong(const Targets& targets, const std::string& what) {
  throw InputError(
      what, targets.name.empty() ? std::string("targets") : cat("targets of ", targets.name));
}

}  // namespace

void check_targets(const Targets& t, int64_t classes) {
  if (!t.labels.defined() || !t.ids.defined() || !t.masks.defined() || t.labels.dim() != 1 ||
      t.ids.dim() != 2 || t.masks.dim() != 4 || t.labels.scalar_type() != at::kLong ||
      t.ids.scalar_type() != at::kLong || t.masks.scalar_type() != at::kBool) {
    wrong(t, "targets must have labels int64 [N], ids int64 [N, T] and masks bool [N, T, H, W]");
  }
  if (t.ids.size(0) != t.count() || t.masks.size(0) != t.count() || t.masks.size(1) != t.frames()) {
    wrong(t, cat("labels ", t.labels.sizes(), ", ids ", t.ids.sizes(), " and masks ",
                 t.masks.sizes(), " do not match"));
  }
  if (t.boxes.defined() && t.boxes.sizes() != at::IntArrayRef({t.count(), t.frames(), 4})) {
    wrong(t, cat("boxes ", t.boxes.sizes(), " do not match ids ", t.ids.sizes()));
  }
  if (t.count() == 0) return;
  auto least = t.labels.min().item<int64_t>(), most = t.labels.max().item<int64_t>();
  if (least < 0 || most >= classes) {
    wrong(t, cat("label ", least < 0 ? least : most, " is not one of the model's ", classes,
                 " classes (0 to ", classes - 1, ")"));
  }
  if (t.ids.numel() > 0 && t.ids.min().item<int64_t>() < -1) {
    wrong(t, cat("id ", t.ids.min().item<int64_t>(), " is below -1 (\"absent\")"));
  }
}

Targets padded_targets(Targets targets, Size size) {
  int64_t below = size.height - targets.masks.size(2), right = size.width - targets.masks.size(3);
  if (below < 0 || right < 0) {
    wrong(targets, cat("masks of ", width_by_height({targets.masks.size(2), targets.masks.size(3)}),
                       " do not match the padded picture of ", width_by_height(size)));
  }
  if (below > 0 || right > 0) {
    targets.masks = at::constant_pad_nd(targets.masks, {0, right, 0, below}, 0);
  }
  return targets;
}

Targets without_empty_masks(Targets targets) {
  Tensor seen = targets.masks.flatten(2).any(2).to(targets.ids.device());
  targets.ids = at::where(seen, targets.ids, -1);
  return targets;
}

Targets without_absent(const Targets& targets) {
  return chosen(targets, places_of(targets.ids.ge(0).any(1)));
}

Targets with_ids_from_zero(Targets targets) {
  Tensor present = targets.ids.ge(0);
  if (!present.any().item<bool>()) return targets;
  Tensor least = targets.ids.masked_select(present).min();
  targets.ids = at::where(present, targets.ids - least, targets.ids);
  return targets;
}

Targets with_ids_in_order(Targets targets) {
  Tensor present = targets.ids.ge(0);
  Tensor known = targets.ids.masked_select(present);
  if (known.size(0) == 0) return targets;
  Tensor order = std::get<1>(at::_unique(known, /*sorted=*/true, /*return_inverse=*/true));
  targets.ids = targets.ids.masked_scatter(present, order);
  return targets;
}

Targets frames_of(const Targets& targets, int64_t first, int64_t count) {
  Targets result = targets;
  result.first += first;
  result.ids = targets.ids.narrow(1, first, count);
  result.masks = targets.masks.narrow(1, first, count);
  if (targets.boxes.defined()) result.boxes = targets.boxes.narrow(1, first, count);
  return result;
}

std::vector<Targets> split_frames(std::span<const Targets> targets) {
  std::vector<Targets> frames;
  for (const Targets& video : targets) {
    for (int64_t t = 0; t < video.frames(); ++t) {
      frames.push_back(without_absent(frames_of(video, t, 1)));
      frames.back().name = cat(video.name, video.name.empty() ? "" : ", ", "frame ", t);
    }
  }
  return frames;
}

}  // namespace clipwork
