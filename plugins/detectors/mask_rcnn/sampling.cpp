#include "sampling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <clipwork/tap.h>

#include <algorithm>

namespace clipwork::mask_rcnn {

BoxMatches match_boxes(const Tensor& boxes, const Tensor& objects, const MatchRule& rule) {
  at::TensorOptions integers = boxes.options().dtype(at::kLong);
  if (objects.size(0) == 0) {
    return {at::zeros({boxes.size(0)}, integers), at::zeros({boxes.size(0)}, integers)};
  }
  Tensor overlaps = box_overlaps(boxes, objects);
  auto [largest, object] = overlaps.max(1);
  Tensor labels = at::full_like(object, -1)
                      .masked_fill(largest.lt(rule.background), 0)
                      .masked_fill(largest.ge(rule.object), 1);
  if (rule.best_always) {
    Tensor best = std::get<0>(overlaps.max(0, true));
    Tensor is_best = overlaps.eq(best).logical_and(best.gt(0)).any(1);
    labels = labels.masked_fill(is_best, 1);
  }
  return {object, labels};
}

BoxSample sample_boxes(const Tensor& labels, int64_t count, double share, Context& context,
                       const std::string& purpose) {
  Tensor numbers =
      tap(at::rand({labels.size(0)}, context.random("boxes"), at::kFloat), "draw.", purpose)
          .to(labels.device());
  auto least = [&](int64_t label, int64_t limit) {
    Tensor rows = labels.eq(label).nonzero().select(1, 0);
    Tensor order = numbers.index_select(0, rows).argsort();
    return rows.index_select(0, order.narrow(0, 0, std::min(limit, rows.size(0))));
  };
  BoxSample sample;
  sample.objects = least(1, static_cast<int64_t>(static_cast<double>(count) * share));
  sample.background = least(0, count - sample.objects.size(0));
  return sample;
}

}  // namespace clipwork::mask_rcnn
