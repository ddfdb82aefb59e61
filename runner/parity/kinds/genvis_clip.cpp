#include "../kinds.h"

#include <ATen/ops/cat.h>
#include <clipwork/error.h>

#include "../object_modules.h"
#include "../recorder.h"

namespace clipwork::parity {

namespace {

NamedTensors run_genvis_clip(const Case& golden, const Options& options) {
  NamedTensors stages;
  const Json& vita = member(golden.config(), "vita");
  for (const auto& part : member(golden.config(), "parts").GetObject()) {
    std::string name = part.name.GetString();
    int64_t frames = integer(part.value, "frames"), past = integer(part.value, "memory_entries");
    // The clip of the case follows as many others as the memory has entries. Their state is
    // replaced by the one in the case.
    at::Tensor queries = golden.input(name + ".frame_queries");
    at::Tensor blank = queries.new_zeros({past * frames, queries.size(1), queries.size(2)});
    Recorder recorder([&](const std::string& tap) -> Stage {
      const int64_t clip = tap_place().window;
      bool memory = tap.starts_with("propagation.memory_");
      if (clip < past) return memory ? Stage{cat("past.", clip, ".", tap)} : Stage{};
      if (memory) return {cat(name, ".new_", tap.substr(tap.find('.') + 1))};
      bool own = tap.starts_with("vita.") || tap.starts_with("propagation.");
      return own ? Stage{name + tap.substr(tap.find('.'))} : Stage{};
    });
    recorder.feed(name + ".carried", golden.input(name + ".query"));
    for (int64_t clip = 0; clip < past; ++clip) {
      for (const char* side : {"memory_k", "memory_v"}) {
        recorder.feed(cat("past.", clip, ".propagation.", side),
                      golden.input(cat(name, ".", side))[clip]);
      }
    }
    Value settings = Value::table();
    settings.set("model.tracker.type", "query_propagation");
    settings.set("model.decoder.attention_window", integer(vita, "encoder_window"));
    settings.set("window.length", frames);
    run_object_modules(golden, options, settings, at::cat({blank, queries}), recorder);
    stages.merge(recorder.stages());
  }
  return stages;
}

const Kind kGenvisClip("genvis_clip", run_genvis_clip);

}  // namespace

}  // namespace clipwork::parity
