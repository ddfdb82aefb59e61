#include <clipwork/plugin.h>

#include "class_term.h"
#include "id_term.h"
#include "mask_term.h"
#include "similarity_term.h"

CLIPWORK_PLUGIN(terms, "0.1.0") {
  using namespace clipwork::terms;
  registry.add<ClassTerm>(
      "class", "cross entropy of class scores; the target of unmatched rows is \"none\"");
  registry.add<CrossEntropyTerm>("mask", "binary cross entropy of matched masks at points");
  registry.add<DiceTerm>("dice", "dice loss of matched masks at points");
  registry.add<IdTerm>("id",
                       "ids of matched points; the id of an object's first frame is \"new\" (IAI)");
  registry.add<SimilarityTerm>(
      "similarity", "makes queries of one object similar over frames and clips (VITA, GenVIS)");
}
