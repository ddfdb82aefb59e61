#include "../nothing.h"
CLIPWORK_PLUGIN(throws_int, "1.0.0") {
  registry.add<Nothing<NoParameters>>("half_registered", "is staged before the entry throws");
  throw 7;
}
