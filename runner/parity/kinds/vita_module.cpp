#include "../kinds.h"
#include "../object_modules.h"
#include "../recorder.h"

namespace clipwork::parity {

namespace {

NamedTensors run_vita_module(const Case& golden, const Options& options) {
  NamedTensors stages;
  for (const auto& part : member(golden.config(), "parts").GetObject()) {
    std::string name = part.name.GetString();
    Value settings = Value::table();
    settings.set("model.tracker.type", "none");
    settings.set("model.decoder.attention_window", integer(part.value, "encoder_window"));
    settings.set("window.length", "video");
    Recorder recorder([&](const std::string& tap) {
      bool own = tap.starts_with("vita.");
      return own ? Stage{name + tap.substr(tap.find('.'))} : Stage{};
    });
    run_object_modules(golden, options, settings, golden.input(name + ".frame_queries"), recorder);
    stages.merge(recorder.stages());
  }
  return stages;
}

const Kind kVitaModule("vita_module", run_vita_module);

}  // namespace

}  // namespace clipwork::parity
