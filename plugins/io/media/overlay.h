#pragma once
#include <clipwork/painter.h>
#include <clipwork/parameters.h>

namespace clipwork::media {

/// Masks as a tint with a contour, labels on a plate of the track's colour.
class Overlay final : public Painter {
 public:
  struct Parameters {
    double tint = 0.4;
    void describe(Describer& d) { d("tint", tint, "opacity of the masks").range(0, 1); }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Overlay(const Parameters& parameters, const Given&) : tint_(parameters.tint) {}
  void paint(Tensor& picture, const std::vector<PaintedTrack>& tracks,
             const std::string& note) override;
  std::string encode_png16(const Tensor& numbers, const std::string& comment) override;
  std::string encode_jpeg(const Tensor& picture) override;
  std::string encode_png(const Figure& figure) override;

 private:
  double tint_;
};

}  // namespace clipwork::media
