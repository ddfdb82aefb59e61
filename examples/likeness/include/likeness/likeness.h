#pragma once
// A kind of component that this plugin declares, and others implement: how much the rows of a
// window look like those that tracks had last.

#include <clipwork/component.h>
#include <clipwork/prediction.h>

namespace likeness {

/// Compares two frames' predictions of batch 1. Contract: `needs` is what it reads of them
/// ("masks", "embeddings").
class __attribute__((visibility("default"))) Likeness : public clipwork::Component {
 public:
  static constexpr const char* kKind = "likeness";
  /// [R, S], each in [0, 1]: of the rows of `now` to the rows of `before`. Both have one frame.
  virtual clipwork::Tensor compare(const clipwork::ClipPrediction& now,
                                   const clipwork::ClipPrediction& before) = 0;
};

}  // namespace likeness
