#include <clipwork/plugin.h>

#include "owners.h"
#include "set.h"

CLIPWORK_PLUGIN(matching, "0.1.0") {
  registry.add<clipwork::matching::Set>(
      "set", "every clip's rows are matched anew with its objects (Mask2Former, NOVIS, VITA)");
  registry.add<clipwork::matching::Uvla>(
      "uvla", "a query keeps its object over the clips; newcomers get free queries (GenVIS)");
  registry.add<clipwork::matching::Correspondence>(
      "correspondence", "the first clip's pairs are those of all clips (EfficientVIS)");
}
