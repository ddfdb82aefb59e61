#pragma once
// Temporal encoding: one code per frame of a window, added to the positional encoding.

#include <clipwork/module.h>
#include <clipwork/parameters.h>

#include <vector>

namespace clipwork::video_instance {

struct TemporalParameters {
  enum class Encoding { none, sine, learned } encoding = Encoding::none;
  enum class Levels { shared, own } levels = Levels::shared;
  enum class Target { keys, features } target = Target::keys;
  enum class Overflow { error, interpolate } overflow = Overflow::error;
  enum class Init { zeros, normal } init = Init::zeros;
  int64_t length = 4;
  void describe(Describer& d);
};

/// Codes of a window's frames (NOVIS 4.1, Mask2Former-VIS' PositionEmbeddingSine3D): constant over
/// a frame, so they are what the keys of a frame have in common.
class TemporalCode {
 public:
  /// Registers the learned table on `owner`, as temporal_embed, or one a level.
  TemporalCode(torch::nn::Module& owner, const TemporalParameters& parameters, int64_t channels,
               int64_t levels);
  /// [frames, C] for the keys of a level; undefined where frames have no code.
  Tensor codes(int64_t level, int64_t frames, const Tensor& like) const;
  /// True if the code is also added to values.
  bool in_values() const { return in_values_; }

 private:
  int64_t channels_;
  bool sine_, in_values_;
  std::vector<Tensor> tables_;  // empty where nothing is learned; one, or one a level
};

}  // namespace clipwork::video_instance
