#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/testing/scene.h>

#include <cmath>
#include <numeric>

namespace clipwork::test {

namespace {

constexpr int64_t kWidth = 8;        // of embeddings and queries
constexpr int64_t kIdChannels = 21;  // 19 ids, "new", "none"
constexpr double kSure = 6;          // logits of what a perfect model knows

/// Coordinates of the pixels' centres: columns [1, W] and rows [H, 1].
std::pair<Tensor, Tensor> centres(Size size) {
  const auto line = [](int64_t count) { return at::arange(count, at::kDouble).add(0.5); };
  return {line(size.width).unsqueeze(0), line(size.height).unsqueeze(1)};
}

/// Features [kWidth] of an object in one frame: an axis of its own, which turns a little.
Tensor features(int64_t object, double frame) {
  Tensor feature = at::zeros({kWidth});
  if (object < 0) return feature.fill_(0.1);
  feature[object % kWidth] = std::cos(0.02 * frame);
  feature[(object + 3) % kWidth] = std::sin(0.02 * frame);
  return feature;
}

Tensor features(const std::vector<int64_t>& rows, double frame) {
  std::vector<Tensor> all;
  for (const int64_t object : rows) all.push_back(features(object, frame));
  return all.empty() ? at::zeros({1, 0, kWidth}) : at::stack(all).unsqueeze(0);
}

/// Float [4], x0 y0 x1 y1; zeros for an empty mask.
Tensor box_of(const Tensor& mask) {
  const Box box = MaskRle::from_tensor(mask).box();
  return at::tensor({box.x, box.y, box.x + box.width, box.y + box.height}, at::kLong)
      .to(at::kFloat);
}

}  // namespace

Tensor rectangle(Size size, double x, double y, double width, double height) {
  const auto [columns, rows] = centres(size);
  return columns.sub(x).abs().le(width / 2).logical_and(rows.sub(y).abs().le(height / 2));
}

Tensor circle(Size size, double x, double y, double diameter) {
  const auto [columns, rows] = centres(size);
  return columns.sub(x).square().add(rows.sub(y).square()).le(diameter * diameter / 4);
}

FrameWindow::FrameWindow(int64_t first, int64_t length, Size size, int head, int tail)
    : first_(first),
      memos_(length),
      geometry_(length, {size, size, size}),
      head_(head),
      tail_(tail) {}

Scene::Scene(Size size, std::vector<SceneObject> objects, int64_t classes)
    : size_(size), objects_(std::move(objects)), classes_(classes) {
  for (const SceneObject& object : objects_) {
    if (object.category < 0 || object.category >= classes) {
      throw Error(cat("an object of the scene has category ", object.category, ", expected 0 to ",
                      classes - 1));
    }
  }
}

std::vector<int64_t> Scene::everything() const {
  std::vector<int64_t> all(objects_.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<int64_t> Scene::visible(int64_t first, int64_t frames) const {
  std::vector<int64_t> seen;
  for (const int64_t object : everything()) {
    bool any = false;
    for (int64_t t = first; t < first + frames && !any; ++t) {
      any = mask(object, t).any().item<bool>();
    }
    if (any) seen.push_back(object);
  }
  return seen;
}

Tensor Scene::mask(int64_t object, int64_t frame) const {
  const SceneObject& one = objects_.at(object);
  if (frame < one.first || frame > one.last) {
    return at::zeros({size_.height, size_.width}, at::kBool);
  }
  const double x = one.x + one.dx * static_cast<double>(frame),
               y = one.y + one.dy * static_cast<double>(frame);
  return one.shape == SceneObject::Shape::circle ? circle(size_, x, y, one.width)
                                                 : rectangle(size_, x, y, one.width, one.height);
}

Frame Scene::picture(int64_t frame) const {
  Frame made;
  made.index = frame;
  made.seconds = static_cast<double>(frame) / 25;
  made.name = cat("frame ", frame);
  const auto [columns, rows] = centres(size_);
  const Tensor grey = columns.mul(3).add(rows.mul(2)).remainder(128).to(at::kByte);
  made.pixels = grey.unsqueeze(0).repeat({3, 1, 1});
  for (const int64_t object : everything()) {
    const Tensor on = mask(object, frame);
    for (int64_t channel = 0; channel < 3; ++channel) {
      made.pixels[channel].masked_fill_(on, (97 * (object + 1) + 71 * channel) % 128 + 128);
    }
  }
  return made;
}

ClipPrediction Scene::prediction(int64_t first, int64_t length,
                                 const std::vector<int64_t>& rows) const {
  const auto count = static_cast<int64_t>(rows.size());
  const int64_t last = first + length - 1;
  ClipPrediction made;
  made.class_scores = at::zeros({1, count, classes_ + 1});
  Tensor masks = at::full({1, count, length, size_.height, size_.width}, -kSure),
         boxes = at::zeros({1, count, 4}), ids = at::full({1, count, kIdChannels}, 0.05);
  for (int64_t row = 0; row < count; ++row) {
    const int64_t object = rows[row];
    made.class_scores[0][row][object < 0 ? classes_ : objects_.at(object).category] = kSure;
    ids[0][row][object < 0 ? kIdChannels - 1 : object % (kIdChannels - 2)] = 0.9;
    if (object < 0) continue;
    for (int64_t t = 0; t < length; ++t) {
      masks[0][row][t].masked_fill_(mask(object, first + t), kSure);
    }
    boxes[0][row].copy_(box_of(mask(object, last)));
  }
  made.masks = dense_masks(masks, std::vector<Geometry>(length, {size_, size_, size_}));
  made.embeddings = features(rows, static_cast<double>(first + last) / 2);
  made.queries = made.embeddings.clone();
  made.more.set("boxes", boxes);
  made.more.set("id_scores", ids);
  made.more.set("embeddings.head", features(rows, static_cast<double>(first)));
  made.more.set("embeddings.tail", features(rows, static_cast<double>(last)));
  return made;
}

ClipPrediction Scene::prediction(int64_t first, int64_t length) const {
  return prediction(first, length, visible(first, length));
}

Targets Scene::targets(int64_t first, int64_t length) const {
  const auto count = static_cast<int64_t>(objects_.size());
  Targets targets;
  targets.name = "scene";
  targets.labels = at::zeros({count}, at::kLong);
  targets.ids = at::full({count, length}, -1, at::kLong);
  targets.masks = at::zeros({count, length, size_.height, size_.width}, at::kBool);
  targets.boxes = at::zeros({count, length, 4});
  for (int64_t object = 0; object < count; ++object) {
    targets.labels[object] = objects_[object].category;
    for (int64_t t = 0; t < length; ++t) {
      const Tensor on = mask(object, first + t);
      if (!on.any().item<bool>()) continue;
      targets.ids[object][t] = object;
      targets.masks[object][t].copy_(on);
      targets.boxes[object][t].copy_(box_of(on));
    }
  }
  return targets;
}

Sample Scene::sample(int64_t first, int64_t length) const {
  std::vector<Tensor> frames;
  for (int64_t t = first; t < first + length; ++t) frames.push_back(picture(t).pixels);
  return {"scene", at::stack(frames), targets(first, length)};
}

}  // namespace clipwork::test
