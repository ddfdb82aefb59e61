#pragma once
// A listener that tests put on taps.

#include <clipwork/tap.h>

#include <map>
#include <string>

namespace clipwork::test {

/// Keeps a copy of the last value of every tap. A tap whose name is in `replaced` goes on with that
/// value instead of its own.
struct TapRecorder : TapListener {
  std::map<std::string, Tensor> heard, replaced;
  bool wants(const std::string&) override { return true; }
  Tensor hear(const std::string& name, Tensor value) override {
    heard[name] = value.clone();
    const auto other = replaced.find(name);
    return other == replaced.end() ? value : other->second;
  }
};

}  // namespace clipwork::test
