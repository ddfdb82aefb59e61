#include <clipwork/plugin.h>

#include "referring_tracker.h"
#include "temporal_refiner.h"

CLIPWORK_PLUGIN(dvis, "0.1.0") {
  registry.add<dvis::ReferringTracker>(
      "referring", "queries refer to those of the frame before, over a frozen segmenter (DVIS)");
  registry.add<dvis::TemporalRefiner>(
      "temporal_refiner", "refines the tracks of 'referring' over the whole video (DVIS)");
}
