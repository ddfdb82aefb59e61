#include <clipwork/tap.h>

namespace clipwork {

namespace {
thread_local TapListener* listener = nullptr;
thread_local TapPlace place;

/// Hands every tap on under a longer name.
class Prefixed : public TapListener {
 public:
  Prefixed(TapListener& outer, std::string prefix) : outer_(outer), prefix_(std::move(prefix)) {}
  bool wants(const std::string& name) override { return outer_.wants(prefix_ + name); }
  Tensor hear(const std::string& name, Tensor value) override {
    return outer_.hear(prefix_ + name, std::move(value));
  }

 private:
  TapListener& outer_;
  std::string prefix_;
};

}  // namespace

TapListener::~TapListener() = default;
TapListener* tap_listener() { return listener; }
TapPlace tap_place() { return place; }
TapScope::TapScope(TapListener* next, TapPlace where) : before_(listener), place_before_(place) {
  listener = next;
  place = where;
}
TapScope::~TapScope() {
  listener = before_;
  place = place_before_;
}

void TapPrefix::enter(std::string prefix) {
  prefixed_ = std::make_shared<Prefixed>(*tap_listener(), std::move(prefix));
  scope_ = std::make_unique<TapScope>(prefixed_.get(), tap_place());
}

}  // namespace clipwork
