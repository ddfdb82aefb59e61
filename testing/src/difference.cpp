#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>
#include <clipwork/error.h>
#include <clipwork/testing/difference.h>

#include <algorithm>
#include <sstream>

namespace clipwork::test {

namespace {

constexpr int64_t kShownPlaces = 4;

std::string shape_of(const Tensor& tensor) {
  if (!tensor.defined()) return "an undefined tensor";
  std::ostringstream text;
  text << c10::toString(tensor.scalar_type()) << " " << tensor.sizes();
  return text.str();
}

/// "[0, 2, 1]": the place of an entry in row-major order.
std::string place_of(int64_t entry, at::IntArrayRef sizes) {
  std::vector<int64_t> place(sizes.size());
  for (size_t axis = sizes.size(); axis-- > 0;) {
    place[axis] = entry % sizes[axis];
    entry /= sizes[axis];
  }
  return cat(at::IntArrayRef(place));
}

}  // namespace

std::string difference(const Tensor& found, const Tensor& expected, Tolerance tolerance) {
  if (found.defined() != expected.defined() ||
      (found.defined() &&
       (found.sizes() != expected.sizes() || found.scalar_type() != expected.scalar_type()))) {
    return cat("expected ", shape_of(expected), ", found ", shape_of(found));
  }
  if (!found.defined() || found.numel() == 0) return {};
  if (found.device() == expected.device() && found.equal(expected)) return {};
  const Tensor have = found.detach().to(at::kCPU, at::kDouble).flatten(),
               want = expected.detach().to(at::kCPU, at::kDouble).flatten();
  const Tensor same = have.eq(want).logical_or(have.isnan().logical_and(want.isnan()));
  const Tensor apart = have.sub(want).abs();
  // NaN compares as false: an entry that only one side has as NaN differs.
  const Tensor near = apart.le(want.abs().mul(tolerance.relative).add(tolerance.absolute));
  const Tensor places = same.logical_or(near).logical_not().nonzero().flatten();
  if (places.numel() == 0) return {};
  const Tensor distances = apart.index_select(0, places).nan_to_num(
      std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity());
  const int64_t worst = places[distances.argmax()].item<int64_t>();
  const auto entry = [&](int64_t at) {
    return cat(place_of(at, found.sizes()), ": expected ", want[at].item<double>(), ", found ",
               have[at].item<double>());
  };
  std::string text = cat(places.numel(), " of ", found.numel(), " entries differ, by ",
                         distances.max().item<double>(), " at most, at ", entry(worst));
  const int64_t shown = std::min(places.numel(), kShownPlaces);
  for (int64_t i = 0; i < shown && places.numel() > 1; ++i) {
    text += cat("\n  ", entry(places[i].item<int64_t>()));
  }
  if (places.numel() > shown) text += cat("\n  ... and ", places.numel() - shown, " more");
  return text;
}

std::string difference(const Tensors& found, const Tensors& expected, Tolerance tolerance) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& problem) {
    if (!problem.empty()) text += cat(text.empty() ? "" : "\n", name, ": ", problem);
  };
  for (const Tensors::Entry& entry : expected.entries) {
    const Tensor* other = found.find(entry.name);
    add(entry.name, other ? difference(*other, entry.value, tolerance) : "expected it, found none");
  }
  for (const Tensors::Entry& entry : found.entries) {
    if (!expected.find(entry.name)) add(entry.name, "expected none, found it");
  }
  return text;
}

}  // namespace clipwork::test
