// SPDX-License-Identifier: Apache-2.0
// A step of augmentation: takes the colour out of a clip. What is random comes from the argument
// `draw` alone, and several threads call it at once.
#include <clipwork/plugin.h>
#include <clipwork/transform.h>

using namespace clipwork;

namespace {

class @CLASS@ : public Transform {
 public:
  struct Parameters {
    double probability = 0.2;
    double strength = 1;
    void describe(Describer& d) {
      d("probability", probability, "probability that a clip is changed").range(0, 1);
      d("strength", strength, "share of the colour that is taken out").range(0, 1);
    }
  };

  static Contract contract(const Parameters&, const Given&) { return {}; }

  @CLASS@(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  void operator()(Sample& sample, Draw& draw) const override {
    if (!draw.chance(parameters_.probability)) return;
    const Tensor colour = sample.frames.to(at::kFloat);  // [T, 3, h, w]
    const Tensor grey = colour.mean({1}, true);
    sample.frames = colour.lerp(grey.expand_as(colour), parameters_.strength).round().to(at::kByte);
  }

 private:
  Parameters parameters_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "takes the colour out of a clip");
}
