#include "../nothing.h"
CLIPWORK_PLUGIN(twin, "1.0.0") {
  registry.add<Nothing<NoParameters>>("nearest", "has the short name of a component of 'good'");
}
