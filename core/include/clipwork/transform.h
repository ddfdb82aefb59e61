#pragma once
// Augmentation: the sample that it changes, and the kind of component that changes it.

#include <clipwork/api.h>
#include <clipwork/component.h>
#include <clipwork/draw.h>
#include <clipwork/targets.h>

#include <string>

namespace clipwork {

/// A clip of frames (or one picture) and its truth, as augmentation leaves them.
struct Sample {
  std::string name;
  Tensor frames;    ///< uint8 RGB [T, 3, h, w]
  Targets targets;  ///< masks at h x w
};

/// A step of augmentation: changes a clip's frames and its targets alike, masks and boxes. Tensors
/// may be replaced or written to. What it cuts away keeps its ids: the source gives the id -1 to
/// objects without a pixel in a frame. May be called by several threads at once.
class CLIPWORK_API Transform : public Component {
 public:
  static constexpr const char* kKind = "transform";
  ~Transform() override;
  virtual void operator()(Sample& sample, Draw& draw) const = 0;
};

}  // namespace clipwork
