#include "../kinds.h"

#include <ATen/ops/einsum.h>
#include <clipwork/error.h>

#include <algorithm>

#include "../replay.h"

namespace clipwork::parity {

namespace {

/// One window a clip of VITA or GenVIS: masks [Q, t, H, W] are products with the clip's features.
Replayed object_clip(const at::Tensor& logits, const at::Tensor& mask_embeddings,
                     const at::Tensor& features) {
  Replayed window;
  window.class_scores = logits;
  window.masks = at::einsum("qc,tchw->qthw", {mask_embeddings, features});
  return window;
}

std::vector<Replayed> windows_of(const Case& golden, const std::string& name,
                                 const std::string& method, const Json& part) {
  at::Tensor logits = golden.input(name + ".pred_logits");
  if (method != "vita" && method != "genvis") {
    Replayed window;
    window.class_scores = logits;
    window.masks = golden.input(name + ".pred_masks");
    return {window};
  }
  at::Tensor embeddings = golden.input(name + ".pred_mask_embed");
  at::Tensor features = golden.input(name + ".mask_features");
  if (method == "vita") return {object_clip(logits, embeddings, features)};
  const int64_t frames = features.size(0), length = integer(part, "clip_length");
  std::vector<Replayed> clips;
  for (int64_t first = 0, k = 0; first < frames; first += length, ++k) {
    clips.push_back(object_clip(logits[k], embeddings[k],
                                features.narrow(0, first, std::min(length, frames - first))));
  }
  return clips;
}

NamedTensors run_results(const Case& golden, const Options&) {
  NamedTensors stages;
  for (const auto& part : member(golden.config(), "parts").GetObject()) {
    std::string name = part.name.GetString(), method = text(part.value, "method");
    static const std::map<std::string, const char*> kQuality = {{"mask2former_image", "output"},
                                                                {"mask2former_video", "none"},
                                                                {"minvis", "none"},
                                                                {"vita", "padded"},
                                                                {"genvis", "padded"}};
    auto quality = kQuality.find(method);
    if (quality == kQuality.end()) {
      throw InputError(cat("results of method '", method, "' are not supported"), "case.json");
    }
    ReplaySettings settings;
    settings.classes = integer(part.value, "num_classes");
    settings.geometry = {size_of(part.value, "image_size"), size_of(part.value, "padded_size"),
                         size_of(part.value, "output_size")};
    settings.window.set("length", "video");
    settings.tracks.set("top_k", integer(part.value, "topk"));
    settings.tracks.set("quality", quality->second);
    settings.tracker.set("type", "none");
    if (method == "genvis") {
      settings.window.set("length", integer(part.value, "clip_length"));
      settings.tracks.set("classes", "max_probs");
    }
    std::vector<Replayed> windows = windows_of(golden, name, method, part.value);
    add_results(stages, replay(settings, windows, integer(part.value, "frames")), name + ".",
                method == "mask2former_image");
  }
  return stages;
}

const Kind kResults("results", run_results);

}  // namespace

}  // namespace clipwork::parity
