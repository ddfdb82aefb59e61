#pragma once
// Conversion between pixel formats and sizes.

#include "ffmpeg.h"

namespace clipwork::media {

/// Converts pictures as the `ffmpeg` program does: by bicubic filters, with the colour matrix and
/// the range that a picture names, and BT.601 where it names no matrix.
class Scaler {
 public:
  /// Converts `from` into `to`, whose size, format, matrix and memory the caller has set. Throws
  /// Error where the formats cannot be converted.
  void convert(const AVFrame& from, AVFrame& to);

 private:
  /// The conversion is prepared for one of these at a time; frames of a file may change.
  struct Layout {
    int width = 0, height = 0, format = AV_PIX_FMT_NONE;
    AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
    AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
    bool operator==(const Layout&) const = default;
  };
  static Layout layout_of(const AVFrame& picture);
  void prepare();

  Layout from_, to_;
  Sws context_;
};

}  // namespace clipwork::media
