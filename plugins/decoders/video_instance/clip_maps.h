#pragma once
// The maps that a clip's queries attend to, and the form in which they wait for their windows.

#include <clipwork/models/mask2former_decoder.h>

#include <memory>

#include "temporal_code.h"

namespace clipwork::video_instance {

/// Keeps a frame's maps in its memo until its last window.
class KeptFrame {
 public:
  virtual ~KeptFrame() = default;
  /// Keeps the map [N, C, h, w] of a level.
  virtual void keep(FrameMemo& memo, int64_t level, const Tensor& map) = 0;
  virtual Size size(const FrameMemo& memo, int64_t layer) const = 0;
  /// Keys and values [B, h w, C] of a layer, without codes of time.
  virtual AttendedMaps::Projected projected(const FrameMemo& memo, int64_t layer) = 0;
};

/// The maps themselves, projected anew in every window.
std::unique_ptr<KeptFrame> kept_maps(QueryDecoder& network);
/// Keys and values of every layer, which windows that share frames need not project again.
std::unique_ptr<KeptFrame> kept_projections(QueryDecoder& network);

/// The maps of a window's frames with codes of time.
class ClipMaps : public AttendedMaps {
 public:
  ClipMaps(const QueryLayers& layers, const TemporalCode& temporal, KeptFrame& frames,
           const Window& window)
      : layers_(layers), temporal_(temporal), frames_(frames), window_(window) {}
  Size size(int64_t layer) const override { return frames_.size(window_.memos[0], layer); }
  Projected projected(int64_t layer) const override;

 private:
  const QueryLayers& layers_;
  const TemporalCode& temporal_;
  KeptFrame& frames_;
  const Window& window_;
};

}  // namespace clipwork::video_instance
