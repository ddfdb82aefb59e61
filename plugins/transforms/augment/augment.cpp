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
  registry.add<Resize>("resize", "resizes the frames to a size drawn once per clip");
  registry.add<Crop>("crop", "crops a part of the picture, fixed or moving through the clip");
  registry.add<ScaleCrop>("scale_crop",
                          "scales by a random factor, then crops or pads to a fixed size");
  registry.add<Rotate>("rotate", "rotates the frames of a clip around one point");
  registry.add<Colour>("colour", "changes brightness, contrast and saturation");
  registry.add<Chance>("chance", "applies its transforms with a probability");
}
