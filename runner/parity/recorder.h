#pragma once
// Hears what the loop computes, stage by stage.

#include <clipwork/tap.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "case.h"

namespace clipwork::parity {

/// The layout in which the calls of a tap make up a golden tensor, and the way back. Sides of size
/// 1 do not matter.
struct Join {
  at::Tensor (*join)(const std::vector<at::Tensor>& calls);
  std::vector<at::Tensor> (*split)(const at::Tensor& golden);
};
extern const Join kOnce;         ///< one call
extern const Join kFrames;       ///< a call a frame (or window): [T, ...]
extern const Join kVideoFrames;  ///< a call a frame: [1, T, ...]
extern const Join kVideoMasks;   ///< masks [Q, H, W] a frame: [1, Q, T, H, W]

/// The golden cases' name for a tap, and how its calls form that stage; empty if there is none.
struct Stage {
  std::string name;
  const Join* join = &kOnce;
};

/// Collects taps call by call, and feeds golden tensors where asked.
class Recorder : public TapListener {
 public:
  /// The stage of a tap at the present place of the loop.
  using Naming = std::function<Stage(const std::string& tap)>;
  /// By default every tap is a stage of its own name.
  explicit Recorder(Naming naming = [](const std::string& tap) { return Stage{tap}; });

  /// The calls of this stage are answered with the pieces of `golden`.
  void feed(const std::string& stage, at::Tensor golden);
  /// If no more pixels of this stage flip than allowed, later stages are computed from `golden`: a
  /// single pixel within rounding of its threshold would otherwise change everything after it. The
  /// computed stage is recorded.
  void follow(const std::string& stage, at::Tensor golden);
  bool wants(const std::string& tap) override;
  /// Throws InputError where a stage is called more often than its golden tensor has pieces, or a
  /// piece has another size.
  Tensor hear(const std::string& tap, Tensor value) override;

  /// The calls of a stage; empty where it was not heard.
  std::vector<at::Tensor> calls(const std::string& stage) const;
  /// Every stage that was heard, its calls joined.
  NamedTensors stages() const;

 private:
  struct Heard {
    const Join* join;
    std::vector<at::Tensor> calls;
  };
  /// Piece `call` of `golden` in the form of `value`, if it has such a piece.
  static std::optional<Tensor> piece(const Join& join, const at::Tensor& golden, size_t call,
                                     const Tensor& value);

  Naming naming_;
  std::map<std::string, Heard> heard_;
  NamedTensors fed_, followed_;
};

}  // namespace clipwork::parity
