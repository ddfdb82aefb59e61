#include "temporal_code.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/upsample_linear1d.h>
#include <clipwork/error.h>
#include <clipwork/models/mask2former_layers.h>
#include <clipwork/ops/position.h>
#include <clipwork/to_device.h>

namespace clipwork::video_instance {

void TemporalParameters::describe(Describer& d) {
  d("temporal_encoding", encoding,
    {{"none", Encoding::none}, {"sine", Encoding::sine}, {"learned", Encoding::learned}},
    "temporal encoding of the frames of a window: none, the sine encoding of Mask2Former-VIS "
    "(which depends on the window's length), or a learned table (NOVIS)");
  d("temporal_length", length,
    "number of rows in the learned table: the frames of a window in training")
      .range(1, 100000)
      .unit("frames");
  d("temporal_levels", levels, {{"shared", Levels::shared}, {"own", Levels::own}},
    "one learned table for all attended maps, or one for each");
  d("temporal_target", target, {{"keys", Target::keys}, {"features", Target::features}},
    "what the encoding is added to: keys, or features (keys and values)");
  d("temporal_overflow", overflow,
    {{"error", Overflow::error}, {"interpolate", Overflow::interpolate}},
    "windows longer than the learned table: an error at assembly, or the table is interpolated");
  d("temporal_init", init, {{"zeros", Init::zeros}, {"normal", Init::normal}},
    "the learned table at the start of training: zeros, or N(0, 1)");
}

TemporalCode::TemporalCode(torch::nn::Module& owner, const TemporalParameters& p, int64_t channels,
                           int64_t levels)
    : channels_(channels),
      sine_(p.encoding == TemporalParameters::Encoding::sine),
      in_values_(p.target == TemporalParameters::Target::features) {
  if (p.encoding != TemporalParameters::Encoding::learned) return;
  bool shared = p.levels == TemporalParameters::Levels::shared;
  for (int64_t level = 0; level < (shared ? 1 : levels); ++level) {
    std::string name = shared ? "temporal_embed" : cat("temporal_embed.", level);
    tables_.push_back(make_table(owner, name, p.length, channels));
    if (p.init == TemporalParameters::Init::normal) {
      // The same numbers in every run: only a training that starts without them ever sees them.
      c10::NoGradGuard no_gradient;
      tables_.back().normal_(0, 1, at::detail::createCPUGenerator(static_cast<uint64_t>(level)));
    }
  }
}

Tensor TemporalCode::codes(int64_t level, int64_t frames, const Tensor& like) const {
  if (sine_) return to_device(sine_code(channels_, frames).to(like.scalar_type()), like.device());
  if (tables_.empty()) return {};
  const Tensor& table = tables_[tables_.size() == 1 ? 0 : level];
  if (frames <= table.size(0)) return table.narrow(0, 0, frames);
  // Assembly has refused windows that the table is too short for, unless it is to be stretched.
  return at::upsample_linear1d(table.t().unsqueeze(0), {frames}, /*align_corners=*/true)[0].t();
}

}  // namespace clipwork::video_instance
