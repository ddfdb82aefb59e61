// The steps of augmentation that the papers' recipes are made of.

#include <clipwork/plugin.h>

#include "chance.h"
#include "colour.h"
#include "crop.h"
#include "flip.h"
#include "resize.h"
#include "rotate.h"

CLIPWORK_PLUGIN(augment, "0.1.0") {
  using namespace clipwork::augment;
  registry.add<Flip>("flip", "mirrors clips, or single frames");
  registry.add<Resize>("resize", "pictures of another size, drawn once a clip");
  registry.add<Crop>("crop", "a part of the picture that moves through the clip, or stays");
  registry.add<ScaleCrop>("scale_crop",
                          "scales within wide limits, then cuts or fills to one size");
  registry.add<Rotate>("rotate", "turns the frames of a clip round one point");
  registry.add<Colour>("colour", "brightness, contrast and saturation");
  registry.add<Chance>("chance", "takes its steps, or leaves them out");
}
