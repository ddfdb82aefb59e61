#include <stdexcept>

#include "../nothing.h"
CLIPWORK_PLUGIN(throws_std, "1.0.0") {
  registry.add<Nothing<NoParameters>>("half_registered", "is staged before the entry throws");
  throw std::runtime_error("the licence has run out");
}
