#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/decoder.h>
#include <clipwork/error.h>

#include "../component.h"
#include "../model_config.h"
#include "../recorder.h"

namespace clipwork::parity {

namespace {

constexpr int64_t kLevels = 3;

/// Frames [first, last) at one end of a part's window; 0 where it has no such neighbour.
int shared_frames(const Json& part, const char* end, int64_t frames) {
  if (!part.HasMember(end) || part[end].IsNull()) return 0;
  std::vector<int64_t> range = integers(part[end]);
  bool head = std::string(end) == "head";
  if (range.size() != 2 || range[0] < 0 || range[1] > frames || range[0] >= range[1] ||
      (head ? range[0] != 0 : range[1] != frames)) {
    throw InputError(cat("'", end, "' is not [", head ? "0, n]" : "n, frames]",
                         ": a window shares its first or its last frames"),
                     "case.json");
  }
  return static_cast<int>(range[1] - range[0]);
}

/// One part of the case on its way through the decoder.
class Part {
 public:
  Part(const Case& golden, const std::string& name, const Json& json)
      : golden_(golden),
        name_(name),
        frames_(integer(json, "frames")),
        head_(shared_frames(json, "head", frames_)),
        tail_(shared_frames(json, "tail", frames_)),
        whole_(text(json, "form") == "decode") {
    if (!whole_ && text(json, "form") != "layer") {
      throw InputError(cat("form '", text(json, "form"), "' is not decode or layer"), "case.json");
    }
  }

  /// Adds the stages of one variant.
  void run(NamedTensors& stages, const std::string& variant, const Json& settings,
           const Options& options) const {
    const Json& config = golden_.config();
    Value tree = Value::table();
    set_query_decoder(tree, "video_instance", config, options);
    set_novis_decoder(tree, member(config, "novis"));
    tree.set("model.decoder.overlap_embeddings", true);
    tree.set("model.decoder.overlap_input", text(settings, "overlap_input"));
    tree.set("model.decoder.overlap_mask", text(settings, "overlap_mask"));
    Given given;
    given.classes = integer(config, "num_classes");
    for (int64_t level = 0; level < kLevels; ++level) {
      given.maps.push_back(
          {cat("multi_scale.", level), integer(config, "conv_dim"), int64_t{32} >> level});
    }
    given.maps.push_back({"mask_features", integer(config, "mask_dim"), 4});
    auto decoder = make_alone<Decoder>(*tree.find("model.decoder"), given, golden_, options);

    Recorder recorder([&](const std::string& tap) -> Stage { return {stage(tap, variant)}; });
    if (!whole_) {
      recorder.feed(name_ + ".layer_input", golden_.input(name_ + ".layer_input"));
      recorder.feed(name_ + ".allowed", golden_.input(name_ + ".allowed"));
    }
    c10::InferenceMode inference;
    TapScope taps(&recorder);
    Generators random(0);
    Communicator world;
    Context context{false, random, world};
    std::vector<FrameMemo> memos = split_memo(decoder->encode(features(), context), 1, frames_);
    std::vector<Geometry> geometry(memos.size());
    std::unique_ptr<State> state = decoder->make_state(1);
    decoder->decode({0, memos, geometry, head_, tail_}, decoder->start(1), *state, context);
    for (auto& [name, value] : recorder.stages()) stages[name] = value;
  }

 private:
  std::string stage(const std::string& tap, const std::string& variant) const {
    if (tap == "decoder.pred_embeds") return name_ + ".embeddings";
    if (tap.starts_with("decoder.head_") || tap.starts_with("decoder.tail_")) {
      return cat(name_, ".", variant, tap.substr(tap.find('.')));
    }
    for (const char* end : {".layer_input", ".allowed", ".pred_logits"}) {
      if (tap == cat("decoder", end)) return name_ + end;
    }
    return "";
  }

  /// The output of the pixel decoder. A case of the last layer alone reads one map; the others are
  /// placeholders.
  FrameFeatures features() const {
    const Json& config = golden_.config();
    int64_t last = (integer(config, "decoder_layers") - 1) % kLevels;
    FrameFeatures features;
    features.geometry.resize(frames_);
    for (int64_t level = 0; level < kLevels; ++level) {
      std::string name = cat("multi_scale.", level);
      at::Tensor map = whole_          ? golden_.input(name_ + "." + name)
                       : level == last ? golden_.input(name_ + ".features")
                                       : at::zeros({frames_, integer(config, "conv_dim"), 1, 1});
      features.maps.push_back({name, int64_t{32} >> level, map});
    }
    at::Tensor masks = whole_ ? golden_.input(name_ + ".mask_features")
                              : at::zeros({frames_, integer(config, "mask_dim"), 1, 1});
    features.maps.push_back({"mask_features", 4, masks});
    return features;
  }

  const Case& golden_;
  std::string name_;
  int64_t frames_;
  int head_, tail_;
  bool whole_;
};

NamedTensors run_novis_overlap(const Case& golden, const Options& options) {
  const Json& config = golden.config();
  NamedTensors stages;
  for (const auto& entry : member(config, "parts").GetObject()) {
    Part part(golden, entry.name.GetString(), entry.value);
    for (const auto& variant : member(config, "variants").GetObject()) {
      std::string name = variant.name.GetString();
      bool layer = text(entry.value, "form") == "layer";
      // A case of a single layer has no variants.
      if (!layer || name == "default") part.run(stages, name, variant.value, options);
    }
  }
  return stages;
}

const Kind kNovisOverlap("novis_overlap", run_novis_overlap);

}  // namespace

}  // namespace clipwork::parity
