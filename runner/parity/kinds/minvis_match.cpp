#include "../kinds.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "../recorder.h"
#include "../replay.h"

namespace clipwork::parity {

namespace {

NamedTensors run_minvis_match(const Case& golden, const Options&) {
  NamedTensors stages;
  for (const auto& part : member(golden.config(), "parts").GetObject()) {
    std::string name = part.name.GetString();
    bool chain = text(part.value, "form") == "chain";
    std::vector<Replayed> windows;
    if (chain) {
      at::Tensor embeds = golden.input(name + ".embeds"), logits = golden.input(name + ".logits"),
                 masks = golden.input(name + ".masks");
      for (int64_t t = 0; t < embeds.size(0); ++t) {
        windows.push_back({logits[t], masks[t].unsqueeze(1), embeds[t], {}, {}, {}});
      }
    } else {
      for (const char* side : {".target", ".current"}) {
        at::Tensor embeds = golden.input(name + side);
        windows.push_back({at::zeros({embeds.size(0), 2}),
                           at::zeros({embeds.size(0), 1, 1, 1}),
                           embeds,
                           {},
                           {},
                           {}});
      }
    }
    ReplaySettings settings = plain_settings(windows);
    settings.tracker.set("type", "embedding");
    Recorder recorder;
    auto frames = static_cast<int64_t>(windows.size());
    replay(settings, windows, frames, &recorder);
    if (chain) {
      for (int64_t t = 1; t < frames; ++t) {
        stages[cat("match.", name, ".", t, ".cols")] =
            recorder.calls(cat("match.", t, ".cols")).at(0);
      }
      stages[name + ".pred_logits"] = recorder.calls("tracks.class_scores").at(0);
      stages[name + ".pred_masks"] = at::stack(recorder.calls("tracks.masks"), 1);
    } else {
      stages[cat("match.", name, ".rows")] = recorder.calls("match.1.rows").at(0);
      stages[cat("match.", name, ".cols")] = recorder.calls("match.1.cols").at(0);
      stages[name + ".cost"] = recorder.calls("match.1.cost").at(0);
    }
  }
  return stages;
}

const Kind kMinvisMatch("minvis_match", run_minvis_match);

}  // namespace

}  // namespace clipwork::parity
