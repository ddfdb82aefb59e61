// Mask2Former's masked-attention decoder for one frame: the image model, and with the embedding
// tracker MinVIS.

#include <clipwork/models/frame_query_decoder.h>
#include <clipwork/plugin.h>

CLIPWORK_PLUGIN(mask2former, "0.1.0") {
  registry.add<clipwork::FrameQueryDecoder>(
      "mask2former", "masked-attention decoder for single frames (Mask2Former, MinVIS)");
}
