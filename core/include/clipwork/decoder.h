#pragma once
// Decoders: features of frames to predictions of windows.

#include <clipwork/component.h>

namespace clipwork {

struct CLIPWORK_API DecoderContract : WindowContract {
  ~DecoderContract() override;
  /// fixed: row i is the same query in every window.
  enum class Rows { fixed, varying } rows = Rows::fixed;
  /// Windows do not depend on each other: several may be decoded as one batch.
  bool independent = false;
  /// Row i of every window is the same object by construction, so that no tracker need link them.
  bool carries_rows = false;

  std::vector<std::string> provided() const override;
  std::vector<std::string> sentences() const override;
};

/// Features of frames to predictions of windows: a part for each frame alone, without state, and a
/// part for the window.
class CLIPWORK_API Decoder : public Component {
 public:
  static constexpr const char* kKind = "decoder";
  using Contract = DecoderContract;
  ~Decoder() override;
  /// The per-frame part: what to keep of N frames, every entry [N, ...]. Their features are dropped
  /// afterwards.
  virtual FrameMemo encode(const FrameFeatures& features, Context& context) = 0;
  /// The learned queries {"queries": [B, Q, C]}, where the decoder starts from queries; else empty.
  virtual Tensors start(int64_t batch);
  /// The clip part, from the memos of a window and the queries to start from.
  virtual ClipPrediction decode(const Window& window, const Tensors& start, State& state,
                                Context& context) = 0;
  /// Told what the tracker settled on in the window just decoded, where the contract needs
  /// "observation".
  virtual void observe(const Observation& observation, State& state, Context& context);
  /// The state carried from window to window of a video; empty by default.
  virtual std::unique_ptr<State> make_state(int64_t batch) const;
};

}  // namespace clipwork
