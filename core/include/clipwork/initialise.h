#pragma once
// Where training starts from, where no checkpoint says.

#include <clipwork/component.h>

#include <vector>

namespace clipwork {

/// Fills every parameter: norms 1 and 0 (statistics 0 and 1), learned tables normal(0, 1) (as
/// PyTorch's Embedding), matrices uniform with variance 2 / (inputs + outputs) (Glorot),
/// convolutions with variance 1 / inputs (detectron2, `c2_xavier_fill`), all others zero; then
/// modules with initial values of their own set these. Each parameter has the generator
/// "weights.NAME", so that what one starts with does not depend on which others there are.
void initialise(const std::vector<Component*>& components, Generators& random);

}  // namespace clipwork
