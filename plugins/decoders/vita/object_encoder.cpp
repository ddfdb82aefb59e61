#include "object_encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <clipwork/error.h>
#include <clipwork/tap.h>

#include <algorithm>

namespace clipwork::vita {

namespace {

/// Tokens that go through a layer together: the inner feed-forward values of a long video would be
/// many times its tokens.
constexpr int64_t kTogether = 4096;

}  // namespace

std::vector<Segments> segments_of(int64_t frames, int64_t window, bool shifted) {
  if (window == 0) return {{0, frames, 1}};
  std::vector<Segments> segments;
  int64_t first = std::min(shifted ? window / 2 : 0, frames);
  if (first > 0) segments.push_back({0, first, 1});
  int64_t whole = (frames - first) / window, rest = (frames - first) % window;
  if (whole > 0) segments.push_back({first, window, whole});
  if (rest > 0) segments.push_back({frames - rest, rest, 1});
  return segments;
}

ObjectEncoder::ObjectEncoder(torch::nn::Module& owner, const Parameters& p)
    : window_(p.attention_window), shift_(p.window_shift), pre_norm_(p.pre_norm) {
  for (int64_t i = 0; i < p.encoder_layers; ++i) {
    std::string attention = cat("enc_self_attn.", i, "."), feedforward = cat("enc_ffn.", i, ".");
    Layer layer;
    layer.attention = make_child<Attention>(owner, attention + "self_attn", p.channels, p.heads);
    layer.attention_norm = make_child<AddNorm>(owner, attention + "norm", p.channels);
    layer.linear1 = make_child<Linear>(owner, feedforward + "linear1", p.channels, p.feedforward,
                                       true, Activation::relu);
    layer.linear2 = make_child<Linear>(owner, feedforward + "linear2", p.feedforward, p.channels);
    layer.feedforward_norm = make_child<AddNorm>(owner, feedforward + "norm", p.channels);
    layers_.push_back(std::move(layer));
  }
}

Tensor ObjectEncoder::forward(Tensor tokens, bool training) const {
  const int64_t batch = tokens.size(0), frames = tokens.size(1), rows = tokens.size(2);
  for (size_t i = 0; i < layers_.size(); ++i) {
    bool shifts = shift_ == WindowShift::always || (shift_ == WindowShift::inference && !training);
    bool shifted = i % 2 == 1 && shifts;
    std::vector<Tensor> parts;
    for (const Segments& s : segments_of(frames, window_, shifted)) {
      int64_t together = std::max<int64_t>(1, kTogether / (batch * s.length * rows));
      for (int64_t k = 0; k < s.count; k += together) {
        int64_t count = std::min(together, s.count - k);
        Tensor part = tokens.narrow(1, s.first + k * s.length, count * s.length);
        Tensor x = part.reshape({batch * count, s.length * rows, -1});
        parts.push_back(feed(layers_[i], attend(layers_[i], x)).view_as(part));
      }
    }
    tokens = tap(at::cat(parts, 1), "vita.encoder.", i);
  }
  return tokens;
}

Tensor ObjectEncoder::attend(const Layer& layer, const Tensor& x) const {
  if (pre_norm_) {
    Tensor y = layer.attention_norm->forward(x);
    return x + layer.attention->forward(y, y, y);
  }
  return layer.attention_norm->forward(layer.attention->forward(x, x, x), x);
}

Tensor ObjectEncoder::feed(const Layer& layer, const Tensor& x) const {
  auto inner = [&](const Tensor& y) { return layer.linear2->forward(layer.linear1->forward(y)); };
  std::vector<Tensor> parts;
  Tensor tokens = x.flatten(0, 1);
  for (int64_t first = 0; first < tokens.size(0); first += kTogether) {
    Tensor part = tokens.narrow(0, first, std::min(kTogether, tokens.size(0) - first));
    parts.push_back(pre_norm_ ? part + inner(layer.feedforward_norm->forward(part))
                              : layer.feedforward_norm->forward(inner(part), part));
  }
  return (parts.size() == 1 ? parts[0] : at::cat(parts)).view_as(x);
}

}  // namespace clipwork::vita
