// Waits until a source is asked for.
#include <clipwork/source.h>

#include "../nothing.h"
#include "../witness.h"
namespace {
class Empty : public clipwork::Source {
 public:
  using Parameters = NoParameters;
  static clipwork::Contract contract(const Parameters&, const clipwork::Given&) { return {}; }
  Empty(const Parameters&, const clipwork::Given&) {}
  std::optional<clipwork::Frame> next() override { return {}; }
};
}  // namespace
CLIPWORK_PLUGIN_ON_DEMAND(slow, "1.0.0", "source sink") {
  registry.add<Empty>("empty", "gives no frame");
}
