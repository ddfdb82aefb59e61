#pragma once
// What backbone and pixel decoder make of frames, and what a decoder keeps of one.

#include <clipwork/frame.h>
#include <clipwork/tensors.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

struct ClipPrediction;

/// One map of N frames: [N, C, h, w], channels_last in memory.
struct FeatureMap {
  std::string name;    ///< "res2".."res5", "multi_scale.0".., "mask_features", "finest"
  int64_t stride = 1;  ///< of the padded picture
  Tensor value;
};

/// All maps of N frames. In training N = B x T with a video's frames together (frames inner).
struct FrameFeatures {
  std::vector<FeatureMap> maps;
  std::vector<Geometry> geometry;  ///< one entry a frame

  const FeatureMap* find(std::string_view name) const;
  /// The map of this name. Throws Error naming it and the ones that are there.
  const FeatureMap& at(std::string_view name) const;
};

/// What a decoder keeps of a frame after `encode`. A decoder gives one memo for its N frames, every
/// entry [N, ...]; core splits it into T memos of [B, ...]. Because entries have names, core can
/// count, move, halve and spool them.
struct FrameMemo {
  Tensors tensors;
  /// Predictions that `encode` itself made (VITA's frame decoder), supervised in training; batch N.
  std::shared_ptr<const ClipPrediction> frames;
};

/// The memos of `memo`'s N = batch x frames entries, one a frame, each [batch, ...].
std::vector<FrameMemo> split_memo(const FrameMemo& memo, int64_t batch, int64_t frames);

/// Consecutive frames that are decoded together.
struct Window {
  int64_t first = 0;  ///< index of its first frame
  std::span<const FrameMemo> memos;
  std::span<const Geometry> geometry;
  int head = 0;  ///< frames shared with the window before
  int tail = 0;  ///< frames shared with the window after

  int64_t length() const { return static_cast<int64_t>(memos.size()); }
};

}  // namespace clipwork
