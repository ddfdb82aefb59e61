// A component of the kind that the plugin `likeness` declares.
#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <clipwork/plugin.h>
#include <likeness/likeness.h>

using namespace clipwork;

namespace {

/// Intersection over union of the masks.
struct MaskOverlap : likeness::Likeness {
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.needs = {"masks"};
    return contract;
  }
  MaskOverlap(const Parameters&, const Given&) {}

  Tensor compare(const ClipPrediction& now, const ClipPrediction& before) override {
    const Tensor a = pixels(now), b = pixels(before);
    const Tensor common = at::mm(a, b.t());
    const Tensor either = a.sum(1, true) + b.sum(1) - common;
    return common / either.clamp_min(1);
  }

 private:
  /// Float [R, H W], 1 where a mask is.
  static Tensor pixels(const ClipPrediction& prediction) {
    return prediction.masks->bits(0, Pairs::all(1, prediction.rows()), At::padded)
        .flatten(1)
        .to(at::kFloat);
  }
};

}  // namespace

CLIPWORK_PLUGIN(mask_overlap, "0.1.0") {
  registry.add<MaskOverlap>("mask_overlap", "intersection over union of masks");
}
