#include "../nothing.h"
CLIPWORK_PLUGIN(twice, "1.0.0") {
  registry.add<Nothing<NoParameters>>("same", "links nothing");
  registry.add<Nothing<NoParameters>>("same", "links nothing, again");
}
