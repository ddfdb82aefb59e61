#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>
#include <clipwork/testing/decoder.h>

#include "exercises/exercise.h"

namespace clipwork::test {

std::vector<FeatureMap> wave_maps(const std::vector<std::string>& needs, const Given& given,
                                  Size padded, int64_t frames, double phase, c10::Device device) {
  std::vector<FeatureMap> maps;
  for (const std::string& name : needs) {
    const MapInfo* info = name.starts_with("map:") ? given.find(name.substr(4)) : nullptr;
    if (!info || info->stride == 0) continue;
    std::vector<Tensor> values;
    for (int64_t frame = 0; frame < frames; ++frame) {
      values.push_back(
          suite::waves({info->channels, padded.height / info->stride, padded.width / info->stride},
                       phase + 0.3 * static_cast<double>(frame), device));
    }
    maps.push_back(
        {info->name, info->stride, at::stack(values).contiguous(at::MemoryFormat::ChannelsLast)});
  }
  return maps;
}

DecoderHarness::DecoderHarness(const std::string& name, const Value& parameters, const Given& given)
    : tested_(Decoder::kKind, name, parameters, given), decoder_(tested_.make<Decoder>()) {
  restart();
}

const DecoderContract& DecoderHarness::contract() const {
  return dynamic_cast<const DecoderContract&>(tested_.contract());
}

void DecoderHarness::restart() {
  state_ = decoder_->make_state(1);
  next_ = 0;
}

FrameFeatures DecoderHarness::features(Size size, int64_t frames, double phase) const {
  FrameFeatures made;
  made.maps = wave_maps(tested_.needs(), tested_.given(), size, frames, phase);
  made.geometry.assign(frames, {size, size, size});
  return made;
}

ClipPrediction DecoderHarness::decode(const FrameFeatures& clip, int head, int tail) {
  c10::NoGradGuard constant;
  const auto frames = static_cast<int64_t>(clip.geometry.size());
  const std::vector<FrameMemo> memos = split_memo(decoder_->encode(clip, context_), 1, frames);
  const Window window{next_, memos, clip.geometry, head, tail};
  next_ += frames - tail;
  return decoder_->decode(window, decoder_->start(1), *state_, context_);
}

}  // namespace clipwork::test
