// Linked without -z defs.
#include "../nothing.h"
namespace missing {
int function_of_another_library(int);
}
CLIPWORK_PLUGIN(unresolved, "1.0.0") {
  registry.add<Nothing<NoParameters>>("nothing",
                                      missing::function_of_another_library(1) ? "a" : "b");
}
