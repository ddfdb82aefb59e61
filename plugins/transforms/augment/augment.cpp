// The steps of augmentation that the papers' recipes are made of.

#include <clipwork/plugin.h>

#include "flip.h"

CLIPWORK_PLUGIN(augment, "0.1.0") {
  using namespace clipwork::augment;
  registry.add<Flip>("flip", "mirrors clips");
}
