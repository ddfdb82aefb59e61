#pragma once
#include <ATen/autocast_mode.h>

namespace clipwork {

/// Reduced precision for the life of the object.
class Autocast {
 public:
  Autocast(at::DeviceType device, bool enabled, at::ScalarType precision = at::kBFloat16)
      : device_(device), before_(at::autocast::is_autocast_enabled(device)) {
    at::autocast::set_autocast_enabled(device_, enabled);
    if (enabled) at::autocast::set_autocast_dtype(device_, precision);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, before_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool before_;
};

}  // namespace clipwork
