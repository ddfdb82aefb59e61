// SPDX-License-Identifier: Apache-2.0
// A kind of component of this plugin's own: how alike two masks are. Other plugins implement it if
// they include this header; both sides must be built from the same one.
#pragma once

#include <clipwork/component.h>

/// How alike the masks of two frames are.
class @CLASS@ : public clipwork::Component {
 public:
  static constexpr const char* kKind = "@NAME@";
  /// Float [A, B] in [0, 1] for masks [A, H * W] and [B, H * W] of 0 and 1.
  virtual clipwork::Tensor operator()(const clipwork::Tensor& a,
                                      const clipwork::Tensor& b) const = 0;
};
