#include <clipwork/tap.h>

namespace clipwork {

namespace {
thread_local TapListener* listener = nullptr;
}

TapListener::~TapListener() = default;
TapListener* tap_listener() { return listener; }
TapScope::TapScope(TapListener* next) : before_(listener) { listener = next; }
TapScope::~TapScope() { listener = before_; }

}  // namespace clipwork
