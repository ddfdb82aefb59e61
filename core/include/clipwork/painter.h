#pragma once
// Painters: results drawn into pictures, and the bytes of picture files.

#include <clipwork/api.h>
#include <clipwork/component.h>
#include <clipwork/figure.h>
#include <clipwork/masks.h>

#include <string>
#include <vector>

namespace clipwork {

/// The colour of a track, from 1, wherever it is shown: the same in every run.
Colour track_colour(int64_t track);
/// Black or white, whichever is read more easily on `background`.
Colour text_colour(Colour background);
/// "#rrggbb".
std::string hex(Colour colour);

/// A track in one picture.
struct PaintedTrack {
  int64_t track = 1;  ///< from 1, as in results
  MaskRle mask;
  std::string label;
};

/// Draws results into pictures, and makes the bytes of picture files.
class CLIPWORK_API Painter : public Component {
 public:
  static constexpr const char* kKind = "painter";
  ~Painter() override;
  /// Draws into `picture`, uint8 RGB [3, H, W]: masks in the colours of their tracks with contour
  /// and label, the first on top, and `note`, where there is one, along the upper edge.
  virtual void paint(Tensor& picture, const std::vector<PaintedTrack>& tracks,
                     const std::string& note) = 0;
  /// A PNG file's bytes of numbers, int32 [H, W] in 0 to 65535: 16 bit, grey. `comment`, where
  /// there is one, is kept as its text "Comment".
  virtual std::string encode_png16(const Tensor& numbers, const std::string& comment) = 0;
  /// A JPEG file's bytes of uint8 RGB [3, H, W].
  virtual std::string encode_jpeg(const Tensor& picture) = 0;
  /// A PNG file's bytes of a figure, on white.
  virtual std::string encode_png(const Figure& figure) = 0;
};

}  // namespace clipwork
