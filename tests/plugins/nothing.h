#pragma once
// A tracker that links nothing, for plugins whose fault lies elsewhere.

#include <clipwork/plugin.h>
#include <clipwork/tracker.h>

namespace {

template <class OfPlugin>
class Nothing : public clipwork::Tracker {
 public:
  using Parameters = OfPlugin;
  static clipwork::Contract contract(const Parameters&, const clipwork::Given&) { return {}; }
  Nothing(const Parameters&, const clipwork::Given&) {}
  clipwork::Tracked track(clipwork::ClipPrediction prediction, const clipwork::Window& window,
                          clipwork::State&, clipwork::Context&) override {
    return {window.first, std::move(prediction), {}, {}};
  }
};

struct NoParameters {
  void describe(clipwork::Describer&) {}
};

}  // namespace
