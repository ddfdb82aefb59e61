#pragma once
// Gradients, compared with finite differences.

#include <ATen/core/Tensor.h>
#include <clipwork/testing/difference.h>

#include <functional>
#include <string>
#include <vector>

namespace clipwork::test {

/// The difference between the gradient of a scalar function and central finite differences; empty
/// where they agree. `value` computes the function of `inputs`, leaves of any float type that
/// require gradients, anew at each call. Along one direction d for each input:
///   (f(x + step d) - f(x - step d)) / (2 step)  against  <gradient, d>
/// The default step and tolerance suit single precision; double takes 1e-5 and {1e-6, 1e-6}.
std::string gradient_difference(const std::function<Tensor()>& value, std::vector<Tensor> inputs,
                                double step = 1e-2, Tolerance tolerance = {2e-3, 2e-2});

}  // namespace clipwork::test
