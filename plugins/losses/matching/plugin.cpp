#include <clipwork/plugin.h>

#include "owners.h"
#include "set.h"

CLIPWORK_PLUGIN(matching, "0.1.0") {
  registry.add<clipwork::matching::Set>(
      "set",
      "matches the rows of every clip with its objects separately (Mask2Former, NOVIS, VITA)");
  registry.add<clipwork::matching::Uvla>(
      "uvla",
      "a query keeps its object over the clips; new objects are assigned to free queries (GenVIS)");
  registry.add<clipwork::matching::Correspondence>(
      "correspondence", "the pairs of the first clip apply to all clips (EfficientVIS)");
}
