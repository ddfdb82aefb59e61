#pragma once
#include <clipwork/ops/attention.h>
#include <clipwork/ops/norm.h>

#include <vector>

#include "parameters.h"

namespace clipwork::vita {

/// `count` segments of `length` frames, one behind the other from frame `first`. The tokens of a
/// segment attend to each other and to no others.
struct Segments {
  int64_t first = 0, length = 0, count = 0;
  bool operator==(const Segments&) const = default;
};

/// The partition of `frames` frames in a layer: windows of `window` frames, the last one cut short;
/// 0: all frames together. Shifted windows begin floor(window / 2) frames in, behind a segment of
/// these first frames.
///
/// The public code pads the video to whole windows, rolls it forward by ceil(window / 2) frames,
/// and closes pairs of its first window that come from both ends of the video, and pairs with
/// padding. The remaining pairs are these segments, so nothing needs padding, rolling or masks.
std::vector<Segments> segments_of(int64_t frames, int64_t window, bool shifted);

/// VITA's object encoder: self-attention of object tokens in windows along time, with no code for
/// their positions. Names: enc_self_attn.J.{self_attn,norm}, enc_ffn.J.{linear1,linear2,norm}.
class ObjectEncoder {
 public:
  ObjectEncoder(torch::nn::Module& owner, const Parameters& parameters);
  /// Tokens [B, T, F, C] to the same.
  Tensor forward(Tensor tokens, bool training) const;

 private:
  struct Layer {
    std::shared_ptr<Attention> attention;
    std::shared_ptr<AddNorm> attention_norm, feedforward_norm;
    std::shared_ptr<Linear> linear1, linear2;
  };
  Tensor attend(const Layer& layer, const Tensor& x) const;
  Tensor feed(const Layer& layer, const Tensor& x) const;

  int64_t window_;
  WindowShift shift_;
  bool pre_norm_;
  std::vector<Layer> layers_;
};

}  // namespace clipwork::vita
