#include <clipwork/data/picture_dataset.h>
#include <clipwork/plugin.h>

namespace {

using namespace clipwork;

/// Still pictures with instances: each is a video of one frame, each instance a track of one frame.
class Coco final : public PictureDataset {
 public:
  using Parameters = AnnotationPlace;
  static Contract contract(const Parameters& parameters, const Given&) {
    parameters.check();
    return {};
  }

  Coco(const Parameters& parameters, const Given&) { open(parameters, AnnotationForm::pictures); }
  bool pictures() const override { return true; }
};

}  // namespace

CLIPWORK_PLUGIN(coco, "0.1.0") {
  registry.add<Coco>("coco", "pictures in COCO format, each a video of one frame");
}
