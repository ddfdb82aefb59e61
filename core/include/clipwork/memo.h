#pragma once
// Memos, which decoders keep of frames, and windows, which are made of them.

#include <clipwork/frame.h>
#include <clipwork/tensors.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace clipwork {

struct ClipPrediction;

/// The tensors that a decoder keeps of a frame after `encode`. A decoder gives one memo for its N
/// frames, every entry [N, ...]; core splits it into T memos of [B, ...]. Because entries have
/// names, core can count, move, halve and spool them.
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
