// SPDX-License-Identifier: Apache-2.0
// A source of frames: a bright bar that moves over a dark picture.
#include <ATen/ops/full.h>
#include <clipwork/plugin.h>
#include <clipwork/source.h>

using namespace clipwork;

namespace {

constexpr double kRate = 10;  // frames per second

class @CLASS@ : public Source {
 public:
  struct Parameters {
    int64_t frames = 20;
    int64_t width = 96;
    void describe(Describer& d) {
      d("frames", frames, "number of frames").range(1, 1000000);
      d("width", width, "width of the pictures, which are half as high")
          .range(16, 8192)
          .unit("pixels");
    }
  };

  static Contract contract(const Parameters&, const Given&) { return {}; }

  @CLASS@(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  std::optional<Frame> next() override {
    if (next_ == parameters_.frames) return {};
    Frame frame;
    frame.index = next_;
    frame.seconds = static_cast<double>(next_) / kRate;
    frame.name = cat("frame ", next_);
    frame.pixels = at::full({3, parameters_.width / 2, parameters_.width}, 32, at::kByte);
    frame.pixels.narrow(2, 4 * next_ % (parameters_.width - 8), 8).fill_(224);
    ++next_;
    return frame;
  }

  std::optional<int64_t> count() const override { return parameters_.frames; }
  double rate() const override { return kRate; }
  std::optional<double> end_seconds() const override { return static_cast<double>(next_) / kRate; }

 private:
  Parameters parameters_;
  int64_t next_ = 0;  // a source is one video: it is made anew for the next
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "a bright bar that moves over a dark picture");
}
