#pragma once
// A harness for decoders: hand-made feature maps go in, predictions come out.

#include <clipwork/decoder.h>
#include <clipwork/testing/component.h>

#include <memory>
#include <string>
#include <vector>

namespace clipwork::test {

/// The maps among `needs` ("map:res4") that are `given`, of `frames` frames of this padded size:
/// waves that differ between shapes and frames, and follow from `phase` alone.
std::vector<FeatureMap> wave_maps(const std::vector<std::string>& needs, const Given& given,
                                  Size padded, int64_t frames, double phase = 0,
                                  c10::Device device = c10::kCPU);

/// One video through a decoder of a loaded plugin:
///
///   DecoderHarness video("my_decoder", toml("queries = 5"));
///   EXPECT_EQ(video.decode(video.features({32, 64}, 2)).rows(), 5);
class DecoderHarness {
 public:
  explicit DecoderHarness(const std::string& name, const Value& parameters = Value::table(),
                          const Given& given = usual_neighbours());

  const DecoderContract& contract() const;
  Decoder& decoder() { return *decoder_; }
  /// Begins another video with the same decoder.
  void restart();

  /// `wave_maps` of frames of this size, which is that of their masks.
  FrameFeatures features(Size size, int64_t frames, double phase = 0) const;
  /// Encodes the frames and decodes them as the next window, of which `head` are shared with the
  /// window before and `tail` with the next, without gradients.
  ClipPrediction decode(const FrameFeatures& clip, int head = 0, int tail = 0);

 private:
  TestedComponent tested_;
  std::shared_ptr<Decoder> decoder_;
  std::unique_ptr<State> state_;
  TestContext context_;
  int64_t next_ = 0;
};

}  // namespace clipwork::test
