#include "clip_maps.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <clipwork/error.h>

#include <string>
#include <vector>

namespace clipwork::video_instance {

namespace {

AttendedMaps::Projected project(QueryDecoder& network, int64_t layer, const Tensor& map) {
  return {network.layers.project_key(layer, tokens_of(map + network.position(map))),
          network.layers.project_value(layer, tokens_of(map))};
}

/// Entries are [N, C, h, w].
class KeptMaps : public KeptFrame {
 public:
  explicit KeptMaps(QueryDecoder& network) : network_(network) {}

  void keep(FrameMemo& memo, int64_t level, const Tensor& map) override {
    memo.tensors.set(name(level), map, Keep::bulk);
  }
  Size size(const FrameMemo& memo, int64_t layer) const override {
    TensorHandle map = memo.tensors.handle(name(QueryDecoder::level_of(layer)));
    return {map.sizes()[2], map.sizes()[3]};
  }
  AttendedMaps::Projected projected(const FrameMemo& memo, int64_t layer) override {
    return project(network_, layer, memo.tensors.at(name(QueryDecoder::level_of(layer))));
  }

 private:
  static std::string name(int64_t level) { return cat("level.", level); }

  QueryDecoder& network_;
};

/// Entries are [N, h, w, C].
class KeptProjections : public KeptFrame {
 public:
  explicit KeptProjections(QueryDecoder& network) : network_(network) {}

  void keep(FrameMemo& memo, int64_t level, const Tensor& map) override {
    const at::IntArrayRef size = map.sizes().slice(2);
    for (int64_t i = level; i < network_.layers.count(); i += QueryDecoder::kLevels) {
      auto [keys, values] = project(network_, i, map);
      memo.tensors.set(name(i, "keys"), keys.unflatten(1, size), Keep::bulk);
      memo.tensors.set(name(i, "values"), values.unflatten(1, size), Keep::bulk);
    }
  }
  Size size(const FrameMemo& memo, int64_t layer) const override {
    TensorHandle keys = memo.tensors.handle(name(layer, "keys"));
    return {keys.sizes()[1], keys.sizes()[2]};
  }
  AttendedMaps::Projected projected(const FrameMemo& memo, int64_t layer) override {
    return {memo.tensors.at(name(layer, "keys")).flatten(1, 2),
            memo.tensors.at(name(layer, "values")).flatten(1, 2)};
  }

 private:
  static std::string name(int64_t layer, const char* part) {
    return cat("layer.", layer, ".", part);
  }

  QueryDecoder& network_;
};

/// Frames [B, h w, C] one behind the other, [B, T h w, C], each with its row of `shift` [T, C].
Tensor joined(const std::vector<Tensor>& frames, const Tensor& shift) {
  Tensor volume = at::stack(frames, 1);
  if (shift.defined()) volume.add_(shift.unsqueeze(1));
  return volume.flatten(1, 2);
}

}  // namespace

std::unique_ptr<KeptFrame> kept_maps(QueryDecoder& network) {
  return std::make_unique<KeptMaps>(network);
}

std::unique_ptr<KeptFrame> kept_projections(QueryDecoder& network) {
  return std::make_unique<KeptProjections>(network);
}

AttendedMaps::Projected ClipMaps::projected(int64_t layer) const {
  std::vector<Tensor> keys, values;
  for (const FrameMemo& memo : window_.memos) {
    auto [frame_keys, frame_values] = frames_.projected(memo, layer);
    keys.push_back(frame_keys);
    values.push_back(frame_values);
  }
  // Projection is linear, so what frames have in common is added behind it.
  Tensor codes = temporal_.codes(QueryDecoder::level_of(layer), window_.length(), keys[0]);
  Tensor key_shift, value_shift;
  if (codes.defined()) {
    key_shift = layers_.shift_of_keys(layer, codes);
    if (temporal_.in_values()) value_shift = layers_.shift_of_values(layer, codes);
  }
  return {joined(keys, key_shift), joined(values, value_shift)};
}

}  // namespace clipwork::video_instance
