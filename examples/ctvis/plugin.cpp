#include <clipwork/plugin.h>

#include "contrastive_term.h"
#include "reid_decoder.h"
#include "tracker.h"

CLIPWORK_PLUGIN(ctvis, "0.1.0") {
  registry.add<ctvis::MemoryTracker>(
      "ctvis", "links rows by a memory bank and a softmax in both directions (CTVIS)");
  registry.add<ctvis::ContrastiveTerm>(
      "contrastive", "embeddings resemble the memory of their object over a clip (CTVIS)");
  registry.add<ctvis::ReidDecoder>("reid", "a decoder with a head for embeddings (CTVIS)");
}
