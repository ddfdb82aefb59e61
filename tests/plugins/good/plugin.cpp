#include "../nothing.h"
#include "../witness.h"
struct Parameters {
  int64_t buffer = 3;
  double decay = 0.5;
  std::string assignment = "greedy";
  void describe(clipwork::Describer& d) {
    d("buffer", buffer, "past frames that are averaged").range(1, 100).unit("frames");
    d("decay", decay, "weight of a frame beside the one after it").range(0, 1);
    d("assignment", assignment, "how rows are linked").choices({"hungarian", "greedy"});
  }
};
CLIPWORK_PLUGIN(good, "1.2.3") {
  registry.add<Nothing<Parameters>>("nearest", "links nothing, with parameters");
  registry.add<Nothing<NoParameters>>("idle", "links nothing");
}
