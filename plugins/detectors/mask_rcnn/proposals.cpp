#include "proposals.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <clipwork/tap.h>

#include <algorithm>

namespace clipwork::mask_rcnn {

std::vector<Tensor> anchors_of(const Parameters& p, const Tensors& dense) {
  std::vector<Tensor> anchors;
  for (int64_t level = kFinestLevel; level <= kCoarsestLevel; ++level) {
    const Tensor map = dense.at(level_name(level) + ".objectness");
    anchors.push_back(level_anchors({map.size(2), map.size(3)}, level_stride(level),
                                    static_cast<double>(p.anchor_sizes[level - kFinestLevel]),
                                    p.anchor_ratios, p.is_torchvision(), map.options()));
  }
  return anchors;
}

LevelOutputs level_outputs(const Tensors& dense, int64_t level, int64_t frame) {
  auto by_anchor = [&](const char* name, int64_t numbers) {
    return dense.at(cat(level_name(level), ".", name))[frame].permute({1, 2, 0}).reshape(
        {-1, numbers});
  };
  return {by_anchor("objectness", 1).select(1, 0), by_anchor("anchor_deltas", 4)};
}

Tensor proposals_of(const Parameters& p, const ProposalLimits& limits, const Tensors& dense,
                    const std::vector<Tensor>& anchors, int64_t frame, Size picture) {
  std::vector<Tensor> boxes, scores, levels;
  for (int64_t level = kFinestLevel; level <= kCoarsestLevel; ++level) {
    const LevelOutputs outputs = level_outputs(dense, level, frame);
    const Tensor logits = outputs.objectness.detach();
    auto [best, row] = logits.topk(std::min(limits.per_level, logits.size(0)));
    boxes.push_back(apply_deltas(anchors[level - kFinestLevel].index_select(0, row),
                                 outputs.deltas.detach().index_select(0, row), kProposalDeltas));
    scores.push_back(best);
    levels.push_back(at::full({best.size(0)}, level, row.options()));
  }
  Tensor all = clip_boxes(at::cat(boxes), picture), score = at::cat(scores);
  Tensor level = at::cat(levels);
  const double least = p.is_torchvision() ? 1e-3 : 0;
  Tensor usable = has_area(all, least).nonzero().select(1, 0);
  all = all.index_select(0, usable);
  score = score.index_select(0, usable);
  Tensor kept =
      suppress(all, score, level.index_select(0, usable), p.proposal_nms_iou, limits.in_all);
  tap_made([&] { return score.index_select(0, kept); }, "proposals.logits");
  return tap(all.index_select(0, kept), "proposals.boxes");
}

}  // namespace clipwork::mask_rcnn
