#include "../nothing.h"
struct Parameters {
  int64_t buffer = 0;
  std::string assignment = "guess";
  void describe(clipwork::Describer& d) {
    d("buffer", buffer, "past frames that are averaged").range(1, 100);
    d("assignment", assignment, "how rows are linked").choices({"hungarian", "greedy"});
  }
};
CLIPWORK_PLUGIN(default_outside, "1.0.0") {
  registry.add<Nothing<Parameters>>("nothing", "links nothing");
}
