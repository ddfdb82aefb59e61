#pragma once
// Comparison of tensors that says where and by how much they differ.

#include <clipwork/tensors.h>

#include <string>

namespace clipwork::test {

/// The largest difference that counts as none: |found - expected| <= absolute + relative *
/// |expected|. NaN equals NaN.
struct Tolerance {
  double absolute = 0, relative = 0;
};

/// An empty text where the tensors agree in shape, type and values. Otherwise the difference: "3 of
/// 12 entries differ, by 0.25 at most, at [0, 2, 1]: expected 1, found 1.25", with the first places
/// in row-major order. Tensors may lie on different devices.
std::string difference(const Tensor& found, const Tensor& expected, Tolerance tolerance = {});

/// The same for lists of named tensors: those that one of them lacks, and the differences of the
/// others, a line each.
std::string difference(const Tensors& found, const Tensors& expected, Tolerance tolerance = {});

}  // namespace clipwork::test
