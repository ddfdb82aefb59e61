// error: a component derives from one of the kinds
#include <clipwork/registrar.h>

struct Alone {
  static constexpr const char* kKind = "tracker";
  using Contract = clipwork::Contract;
  struct Parameters {
    void describe(clipwork::Describer&) {}
  };
  static Contract contract(const Parameters&, const clipwork::Given&) { return {}; }
  Alone(const Parameters&, const clipwork::Given&) {}
};

void register_components(clipwork::Registrar& registry) {
  registry.add<Alone>("alone", "derives from nothing");
}
