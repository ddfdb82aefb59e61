// SPDX-License-Identifier: Apache-2.0
// A painter: tints the pixels of each track. The files are encoded by another painter.
#include <clipwork/painter.h>
#include <clipwork/plugin.h>
#include <clipwork/ref.h>

using namespace clipwork;

namespace {

class @CLASS@ : public Painter {
 public:
  struct Parameters {
    double strength = 0.5;
    Ref<Painter> encoder;
    void describe(Describer& d) {
      d("strength", strength, "share of a track's colour in its pixels").range(0, 1);
      d("encoder", encoder, "the painter that encodes picture files").required();
    }
  };

  static Contract contract(const Parameters&, const Given&) { return {}; }

  @CLASS@(const Parameters& parameters, const Given&)
      : strength_(parameters.strength), encoder_(parameters.encoder) {}

  void paint(Tensor& picture, const std::vector<PaintedTrack>& tracks,
             const std::string&) override {
    // The first track is on top, so it is drawn last.
    for (size_t i = tracks.size(); i-- > 0;) {
      const Tensor mask = tracks[i].mask.to_tensor();
      const Colour colour = track_colour(tracks[i].track);
      for (int64_t channel = 0; channel < 3; ++channel) {
        Tensor plane = picture[channel];
        const Tensor tinted =
            plane.to(at::kFloat).mul(1 - strength_).add(strength_ * colour[channel]);
        plane.copy_(tinted.to(at::kByte).where(mask, plane));
      }
    }
  }

  std::string encode_png16(const Tensor& numbers, const std::string& comment) override {
    return encoder_->encode_png16(numbers, comment);
  }
  std::string encode_jpeg(const Tensor& picture) override { return encoder_->encode_jpeg(picture); }
  std::string encode_png(const Figure& figure) override { return encoder_->encode_png(figure); }

 private:
  double strength_;
  Ref<Painter> encoder_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "tints the pixels of each track");
}
