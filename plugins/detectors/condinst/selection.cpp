#include "selection.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isneginf.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/error.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <limits>

namespace clipwork::condinst {

namespace {

/// [1, C, h, w] as [h w, C].
Tensor by_point(const Tensor& map) { return map[0].permute({1, 2, 0}).flatten(0, 1); }

/// Boxes [M, 4] in output pixels from points [M, 2] and distances [M, 4].
Tensor decode_boxes(const Tensor& points, const Tensor& distances, const Geometry& geometry) {
  auto width = static_cast<double>(geometry.resized.width);
  auto height = static_cast<double>(geometry.resized.height);
  Tensor x = points.select(1, 0), y = points.select(1, 1);
  auto scale = [](double resized, int64_t output) {
    return static_cast<float>(resized / static_cast<double>(output));
  };
  float scale_x = scale(width, geometry.output.width);
  float scale_y = scale(height, geometry.output.height);
  return at::stack({x.sub(distances.select(1, 0)).clamp(0, width).div(scale_x),
                    y.sub(distances.select(1, 1)).clamp(0, height).div(scale_y),
                    x.add(distances.select(1, 2)).clamp(0, width).div(scale_x),
                    y.add(distances.select(1, 3)).clamp(0, height).div(scale_y)},
                   1);
}

PointSet level_candidates(const Parameters& p, const Tensors& dense, int64_t level,
                          const Geometry& geometry) {
  const std::string prefix = Parameters::level_name(level) + ".", ending = "_logits";
  auto output = [&](const char* name) { return by_point(dense.at(prefix + name)); };
  PointSet set;
  set.scores.classes = output("class_logits").sigmoid();
  set.scores.quality = output("centerness").sigmoid().select(1, 0);
  for (const auto& entry : dense.entries) {
    if (!entry.name.starts_with(prefix) || !entry.name.ends_with(ending)) continue;
    std::string name = entry.name.substr(prefix.size());
    name.resize(name.size() - ending.size());
    if (name != "class") set.scores.branches.set(name, by_point(entry.value));
  }
  const Tensor& map = dense.at(prefix + "class_logits");
  const int64_t count = set.scores.classes.size(0), stride = p.strides[level];
  set.points = level_points(map.size(2), map.size(3), stride, set.scores.classes.options());
  set.strides = at::full({count, 1}, stride, set.scores.classes.options());
  set.boxes = output("boxes");
  set.kernels = output("kernels");
  if (dense.find(prefix + "features")) set.features = output("features");
  if (count > p.level_candidates) {
    Tensor score = std::get<0>(set.scores.classes.max(1)).mul(set.scores.quality);
    set = set.index_select(std::get<1>(score.topk(p.level_candidates)));
  }
  set.boxes = decode_boxes(set.points, set.boxes, geometry);
  return set;
}

struct Box4 {
  float x0, y0, x1, y1;
  float area() const { return (x1 - x0) * (y1 - y0); }
};

/// Not a number where both are empty, which then counts as no overlap.
float overlap_of(const Box4& a, const Box4& b) {
  float width = std::max(std::min(a.x1, b.x1) - std::max(a.x0, b.x0), 0.0F);
  float height = std::max(std::min(a.y1, b.y1) - std::max(a.y0, b.y0), 0.0F);
  float common = width * height;
  return common / (a.area() + b.area() - common);
}

}  // namespace

Tensor level_points(int64_t height, int64_t width, int64_t stride, at::TensorOptions options) {
  Tensor x = at::arange(width, options).mul(stride).add(stride / 2);
  Tensor y = at::arange(height, options).mul(stride).add(stride / 2);
  return at::stack({x.unsqueeze(0).expand({height, width}), y.unsqueeze(1).expand({height, width})},
                   2)
      .flatten(0, 1);
}

PointSet PointSet::index_select(const Tensor& rows) const {
  auto pick = [&](const Tensor& value) {
    return value.defined() ? value.index_select(0, rows) : value;
  };
  PointSet picked{{pick(scores.classes), pick(scores.quality), {}},
                  pick(points),
                  pick(strides),
                  pick(boxes),
                  pick(kernels),
                  pick(features)};
  for (const auto& entry : scores.branches.entries) {
    picked.scores.branches.set(entry.name, pick(entry.value));
  }
  return picked;
}

PointSet candidates(const Parameters& p, const Tensors& dense, const Geometry& geometry) {
  std::vector<PointSet> levels;
  for (int64_t level = 0; level < p.levels(); ++level) {
    levels.push_back(level_candidates(p, dense, level, geometry));
  }
  auto join = [&](auto part) {
    std::vector<Tensor> parts;
    for (const PointSet& level : levels) parts.push_back(part(level));
    return parts.front().defined() ? at::cat(parts) : Tensor();
  };
  PointSet all{{join([](const PointSet& s) { return s.scores.classes; }),
                join([](const PointSet& s) { return s.scores.quality; }),
                {}},
               join([](const PointSet& s) { return s.points; }),
               join([](const PointSet& s) { return s.strides; }),
               join([](const PointSet& s) { return s.boxes; }),
               join([](const PointSet& s) { return s.kernels; }),
               join([](const PointSet& s) { return s.features; })};
  for (const auto& entry : levels.front().scores.branches.entries) {
    all.scores.branches.set(
        entry.name, join([&](const PointSet& s) { return s.scores.branches.at(entry.name); }));
  }
  return all;
}

std::vector<int64_t> choose(const Parameters& p, const PointSet& set, const Tensor& scores) {
  auto [best, label] = set.scores.classes.max(1);
  const Tensor usable = best.gt(p.min_class_score).logical_and(at::isneginf(scores).logical_not());
  const Tensor unusable = usable.logical_not();
  constexpr float kNone = -std::numeric_limits<float>::infinity();
  // Boxes of classes that do not suppress each other are moved apart, as the public code does; it
  // moves all of them where they do.
  const Tensor step = set.boxes.masked_fill(unusable.unsqueeze(1), kNone).max() + 1;
  const bool by_class = p.suppression == Parameters::Suppression::of_class;
  const Tensor shift = by_class ? label.to(set.boxes.scalar_type()).mul(step).unsqueeze(1) : step;
  // One copy from the device: boxes and scores, minus infinity where unusable.
  const Tensor numbers =
      at::cat({set.boxes + shift, scores.masked_fill(unusable, kNone).unsqueeze(1)}, 1).cpu();
  const auto value = numbers.accessor<float, 2>();
  auto box = [&](int64_t i) { return Box4{value[i][0], value[i][1], value[i][2], value[i][3]}; };
  auto score = [&](int64_t i) { return value[i][4]; };
  std::vector<int64_t> order;
  for (int64_t i = 0; i < value.size(0); ++i) {
    if (score(i) != kNone) order.push_back(i);
  }
  tap_made(
      [&] {
        return at::tensor({value.size(0), static_cast<int64_t>(order.size())}, at::kLong);
      },
      "candidates");
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return score(a) > score(b); });
  std::vector<int64_t> chosen;
  for (int64_t candidate : order) {
    if (static_cast<int64_t>(chosen.size()) == p.detections) break;
    bool covered = std::any_of(chosen.begin(), chosen.end(), [&](int64_t better) {
      return overlap_of(box(better), box(candidate)) >= static_cast<float>(p.nms_iou);
    });
    if (!covered) chosen.push_back(candidate);
  }
  return chosen;
}

}  // namespace clipwork::condinst
