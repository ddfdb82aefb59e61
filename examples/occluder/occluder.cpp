// An augmentation step as a separate plugin: hides a part of the picture behind a grey rectangle.
#include <clipwork/plugin.h>
#include <clipwork/samples.h>

using namespace clipwork;

struct Occluder : Transform {
  struct Parameters {
    double probability = 0.5, share = 0.3;
    void describe(Describer& d) {
      d("probability", probability, "probability that a clip has a rectangle").range(0, 1);
      d("share", share, "largest size, as a share of each side of the picture").range(0, 1);
    }
  } parameters;
  Occluder(const Parameters& given, const Given&) : parameters(given) {}
  static Contract contract(const Parameters&, const Given&) { return {}; }

  // Several threads call this at once: it keeps no state and takes all randomness from `draw`.
  void operator()(Sample& sample, Draw& draw) const override {
    if (!draw.chance(parameters.probability)) return;
    const auto side = [&](int64_t all) {
      return draw.integer(0, static_cast<int64_t>(parameters.share * static_cast<double>(all)));
    };
    const int64_t height = sample.frames.size(2), width = sample.frames.size(3);
    const int64_t h = side(height), w = side(width);
    const int64_t y = draw.integer(0, height - h), x = draw.integer(0, width - w);
    sample.frames.narrow(2, y, h).narrow(3, x, w).fill_(128);           // [T, 3, H, W]
    sample.targets.masks.narrow(2, y, h).narrow(3, x, w).fill_(false);  // [N, T, H, W]
  }
};

CLIPWORK_PLUGIN(occluder, "0.1.0") {
  registry.add<Occluder>("occluder", "hides a part of the picture behind a grey rectangle");
}
