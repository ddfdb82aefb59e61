#include "../kinds.h"

#include <clipwork/error.h>

#include "../replay.h"

namespace clipwork::parity {

NamedTensors run_results(const Case& golden, const Options&) {
  NamedTensors stages;
  for (const auto& part : member(golden.config(), "parts").GetObject()) {
    std::string name = part.name.GetString(), method = text(part.value, "method");
    bool image = method == "mask2former_image";
    if (!image && method != "mask2former_video" && method != "minvis") {
      throw InputError(cat("results of method '", method, "' are not known"), "case.json");
    }
    ReplaySettings settings;
    settings.classes = integer(part.value, "num_classes");
    settings.geometry = {size_of(part.value, "image_size"), size_of(part.value, "padded_size"),
                         size_of(part.value, "output_size")};
    settings.window.set("length", "video");
    settings.tracks.set("top_k", integer(part.value, "topk"));
    settings.tracks.set("quality", image ? "output" : "none");
    settings.tracker.set("type", "none");
    Replayed window{
        golden.input(name + ".pred_logits"), golden.input(name + ".pred_masks"), {}, {}, {}, {}};
    add_results(stages, replay(settings, {window}, integer(part.value, "frames")), name + ".",
                image);
  }
  return stages;
}

}  // namespace clipwork::parity
