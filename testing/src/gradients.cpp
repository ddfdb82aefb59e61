#include <ATen/ops/arange.h>
#include <c10/core/GradMode.h>
#include <clipwork/error.h>
#include <clipwork/testing/gradients.h>

#include <cmath>

namespace clipwork::test {

namespace {

/// A direction of length 1 that is no axis.
Tensor direction_like(const Tensor& input, size_t number) {
  const Tensor line = at::arange(input.numel(), at::kDouble)
                          .mul(1.3)
                          .add(static_cast<double>(number) + 1)
                          .sin()
                          .view(input.sizes());
  return line.div(line.norm()).to(input.options().requires_grad(false));
}

}  // namespace

std::string gradient_difference(const std::function<Tensor()>& value, std::vector<Tensor> inputs,
                                double step, Tolerance tolerance) {
  c10::AutoGradMode gradients(true);
  for (Tensor& input : inputs) input.mutable_grad() = Tensor();
  value().backward();
  std::string text;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Tensor& input = inputs[i];
    if (input.numel() == 0) continue;
    const Tensor direction = direction_like(input, i);
    const auto moved = [&](double by) {
      c10::NoGradGuard constant;
      input.add_(direction, by);
      const double result = value().item<double>();
      input.sub_(direction, by);
      return result;
    };
    const double numeric = (moved(step) - moved(-step)) / (2 * step);
    const Tensor& gradient = input.grad();
    const double analytic = gradient.defined() ? gradient.mul(direction).sum().item<double>() : 0.0;
    const double apart = std::abs(numeric - analytic);
    if (apart <= tolerance.absolute + tolerance.relative * std::abs(numeric)) continue;
    text += cat(text.empty() ? "" : "\n", "input ", i, ": expected the derivative ", numeric,
                " along the direction of the test, found ", analytic);
  }
  return text;
}

}  // namespace clipwork::test
