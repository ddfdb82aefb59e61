#include <clipwork/plugin.h>

#include "loss.h"
#include "mask_rcnn.h"

CLIPWORK_PLUGIN(mask_rcnn, "0.1.0") {
  registry.add<clipwork::mask_rcnn::MaskRcnn>(
      "mask_rcnn", "two-stage detector: proposals, then a class, a box and a mask for each");
  registry.add<clipwork::mask_rcnn::MaskRcnnLoss>(
      "mask_rcnn",
      "Mask R-CNN's losses, and further terms for its sampled proposals (IAI, MaskTrack R-CNN)");
}
