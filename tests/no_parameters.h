#pragma once
// Components that have nothing to set.

#include <clipwork/component.h>

namespace clipwork::test {

struct NoParameters {
  void describe(Describer&) {}
};

}  // namespace clipwork::test
