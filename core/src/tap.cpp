#include <clipwork/tap.h>

namespace clipwork {

namespace {
thread_local TapListener* listener = nullptr;
thread_local TapPlace place;
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

}  // namespace clipwork
