#include "kinds.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/config.h>
#include <clipwork/error.h>
#include <clipwork/pipeline.h>
#include <clipwork/preprocess.h>

#include <algorithm>
#include <functional>

#include "replay.h"

namespace clipwork::parity {

namespace {

/// Collects taps call by call, and feeds golden tensors where asked.
class Recorder : public TapListener {
 public:
  using Filter = std::function<bool(const std::string&)>;
  explicit Recorder(Filter filter) : filter_(std::move(filter)) {}

  /// The tap `name` is answered with the i-th slice of these, in order of its calls.
  void feed(const std::string& name, std::vector<at::Tensor> slices) {
    fed_[name] = std::move(slices);
  }

  bool wants(const std::string& name) override { return filter_(name) || fed_.count(name); }

  Tensor hear(const std::string& name, Tensor value) override {
    std::vector<at::Tensor>& calls = heard_[name];
    if (auto fed = fed_.find(name); fed != fed_.end()) {
      const at::Tensor& golden = fed->second.at(calls.size());
      value = golden.reshape(value.sizes()).to(value.scalar_type());
    }
    calls.push_back(value.clone());
    return value;
  }

  const std::map<std::string, std::vector<at::Tensor>>& heard() const { return heard_; }
  /// The calls of a tap; empty where it was not heard.
  std::vector<at::Tensor> calls(const std::string& name) const {
    auto found = heard_.find(name);
    return found == heard_.end() ? std::vector<at::Tensor>() : found->second;
  }

 private:
  Filter filter_;
  std::map<std::string, std::vector<at::Tensor>> heard_, fed_;
};

Value::Array numbers(const Json& array) {
  Value::Array values;
  for (const Json& value : array.GetArray()) values.emplace_back(value.GetDouble());
  return values;
}

void set_preprocess(Value& tree, const Json& config, const Json& resize) {
  tree.set("preprocess.mean", numbers(member(config, "pixel_mean")));
  tree.set("preprocess.deviation", numbers(member(config, "pixel_std")));
  tree.set("preprocess.channels", text(config, "channel_order"));
  tree.set("preprocess.divisor", integer(config, "size_divisibility"));
  if (resize.IsNull()) {
    tree.set("preprocess.resize", "none");
  } else if (text(resize, "rule") == "pil_shortest_edge") {
    tree.set("preprocess.resize", "shortest_edge");
    tree.set("preprocess.short_edge", integer(resize, "min_size"));
    tree.set("preprocess.long_edge", integer(resize, "max_size"));
  } else {
    throw InputError(cat("resize rule '", text(resize, "rule"), "' is not known"), "case.json");
  }
}

Value::Array class_names(int64_t count) {
  Value::Array names;
  for (int64_t k = 0; k < count; ++k) names.emplace_back(cat("class ", k));
  return names;
}

void set_backbone(Value& tree, const Json& backbone) {
  if (text(backbone, "type") != "resnet") {
    throw InputError(cat("backbone '", text(backbone, "type"), "' is not known"), "case.json");
  }
  tree.set("model.backbone.type", "resnet");
  tree.set("model.backbone.depth", integer(backbone, "depth"));
  tree.set("model.backbone.stem_channels", integer(backbone, "stem_out_channels"));
  tree.set("model.backbone.res2_channels", integer(backbone, "res2_out_channels"));
  tree.set("model.backbone.width_per_group", integer(backbone, "width_per_group"));
  tree.set("model.backbone.groups", integer(backbone, "num_groups"));
  tree.set("model.backbone.stride_in_1x1", boolean(backbone, "stride_in_1x1"));
  tree.set("model.backbone.norm", text(backbone, "norm") == "BN" ? "batch" : "frozen_batch");
  tree.set("model.backbone.norm_eps", number(backbone, "norm_eps"));
}

/// Backbone, pixel decoder and frame decoder of the query families.
void set_frame_model(Value& tree, const Json& config, const Options& options) {
  set_backbone(tree, member(config, "backbone"));
  tree.set("model.pixel_decoder.type", "msdeform");
  tree.set("model.pixel_decoder.channels", integer(config, "conv_dim"));
  tree.set("model.pixel_decoder.mask_channels", integer(config, "mask_dim"));
  tree.set("model.pixel_decoder.layers", integer(config, "encoder_layers"));
  tree.set("model.pixel_decoder.heads", integer(config, "encoder_heads"));
  tree.set("model.pixel_decoder.points", integer(config, "encoder_points"));
  tree.set("model.pixel_decoder.feedforward", integer(config, "encoder_ffn"));
  tree.set("model.decoder.type", "mask2former");
  tree.set("model.decoder.queries", integer(config, "num_queries"));
  tree.set("model.decoder.channels", integer(config, "hidden_dim"));
  tree.set("model.decoder.heads", integer(config, "nheads"));
  tree.set("model.decoder.layers", integer(config, "decoder_layers"));
  tree.set("model.decoder.feedforward", integer(config, "decoder_ffn"));
  tree.set("model.decoder.pre_norm", boolean(config, "pre_norm"));
  tree.set("model.decoder.attention_masks", options.packed ? "reduced" : "published");
}

/// How a method ranks: [tracks] and the tracker.
void set_tracking(Value& tree, const std::string& method, int64_t topk) {
  tree.set("tracks.top_k", topk);
  tree.set("tracks.quality", method == "mask2former_image" ? "output" : "none");
  tree.set("model.tracker.type", method == "minvis" ? "embedding" : "none");
}

Size output_of(const Json& config) { return size_of(config, "output_size"); }

/// Stages whose calls, one a frame, stand along another dimension than the first.
at::Tensor join_frames(const std::string& stage, const std::vector<at::Tensor>& calls, bool video) {
  auto ends = [&](const char* end) { return stage.ends_with(end); };
  if (ends(".pred_masks")) {
    std::vector<at::Tensor> frames;
    for (const at::Tensor& call : calls) frames.push_back(call.dim() == 4 ? call.squeeze(0) : call);
    return video ? at::stack(frames, 1).unsqueeze(0) : at::stack(frames);
  }
  at::Tensor joined = at::cat(calls);
  if (video && ends(".pred_logits")) return joined.unsqueeze(0);
  if (video && ends(".pred_embeds")) return joined.permute({2, 0, 1}).unsqueeze(0);
  return joined;
}

/// One golden tensor a frame, undoing join_frames.
std::vector<at::Tensor> split_frames(const std::string& stage, const at::Tensor& golden,
                                     bool video) {
  auto ends = [&](const char* end) { return stage.ends_with(end); };
  if (video && ends(".pred_masks")) return golden.squeeze(0).unbind(1);
  if (video && ends(".pred_logits")) return golden.squeeze(0).unbind(0);
  if (video && ends(".pred_embeds")) return golden.squeeze(0).permute({1, 2, 0}).unbind(0);
  return golden.unbind(0);
}

NamedTensors run_model(const Case& golden, const Options& options) {
  const Json& config = golden.config();
  std::string method = text(config, "method");
  bool video = method == "minvis";
  if (!video && method != "mask2former_image") {
    throw InputError(cat("method '", method, "' is not known"), "case.json");
  }
  Value tree = Value::table();
  set_frame_model(tree, config, options);
  set_preprocess(tree, config, member(config, "resize"));
  set_tracking(tree, method, integer(config, "topk"));
  tree.set("classes.names", class_names(integer(config, "num_classes")));
  tree.set("run.plain", !options.packed);
  PipelineOptions pipeline_options;
  pipeline_options.weights = "rule";
  pipeline_options.rule = golden.weights();
  Pipeline pipeline(Config(tree, {}), pipeline_options);

  // The loop's own names for what the golden cases call after the method.
  const std::map<std::string, std::string> own_names = {
      {"tracks.class_scores", "minvis.pred_logits"}, {"tracks.masks", "minvis.pred_masks"}};
  Recorder recorder([&](const std::string& tap) {
    auto own = own_names.find(tap);
    return golden.wants(own == own_names.end() ? tap : own->second);
  });
  for (const std::string& stage : options.feed) {
    auto found = golden.outputs.find(stage);
    if (found == golden.outputs.end() || golden.select.count(stage)) {
      throw InputError(
          cat("stage '", stage, "' is not stored whole in this case, so it cannot be fed"));
    }
    recorder.feed(stage, split_frames(stage, found->second, video));
  }

  at::Tensor frames = golden.input("frames");
  VideoInfo info;
  info.name = golden.name;
  info.output = output_of(config);
  info.listener = &recorder;
  NamedTensors stages;
  if (video) {
    Stream stream = pipeline.open(info);
    for (int64_t t = 0; t < frames.size(0); ++t) stream.push({frames[t], t, 0, ""});
    add_results(stages, stream.finish(), "", false);
  } else {
    if (frames.size(0) != 1) throw InputError("an image case has one picture", "case.json");
    Stream stream = pipeline.open(info);
    stream.push({frames[0], 0, 0, ""});
    add_results(stages, stream.finish(), "", true);
  }
  for (const auto& [tap, calls] : recorder.heard()) {
    if (tap.starts_with("match.")) {
      stages[tap] = calls.front();
    } else if (auto own = own_names.find(tap); own != own_names.end()) {
      stages[own->second] =
          tap == "tracks.masks" ? at::stack(calls, 1).unsqueeze(0) : calls.front().unsqueeze(0);
    } else {
      stages[tap] = join_frames(tap, calls, video);
    }
  }
  return stages;
}

NamedTensors run_rule(const Case& golden, const Options&) {
  NamedTensors stages;
  for (const auto& entry : member(golden.config(), "tensors").GetObject()) {
    WeightRule rule;
    rule.seed = static_cast<uint64_t>(integer(entry.value, "seed"));
    if (entry.value.HasMember("gains")) {
      for (const auto& gain : entry.value["gains"].GetObject()) {
        rule.gains.emplace_back(gain.name.GetString(), gain.value.GetDouble());
      }
    }
    std::string name = entry.name.GetString();
    stages[name] = tensor_by_rule(name, integers(member(entry.value, "shape")), rule);
  }
  if (golden.has_input("picture")) stages["picture"] = golden.input("picture");
  return stages;
}

NamedTensors run_preprocess(const Case& golden, const Options&) {
  NamedTensors stages;
  for (const auto& part : member(golden.config(), "parts").GetObject()) {
    std::string name = part.name.GetString();
    Value tree = Value::table();
    set_preprocess(tree, golden.config(), member(part.value, "resize"));
    Faults faults;
    auto parameters = read_parameters<Preprocess>(tree.find("preprocess"), "preprocess", faults);
    faults.raise();
    at::Tensor frames = golden.input(name + ".frames");
    std::vector<at::Tensor> resized, pictures;
    for (int64_t t = 0; t < frames.size(0); ++t) {
      Preprocessed result = preprocess(frames[t], parameters);
      resized.push_back(result.resized);
      pictures.push_back(result.pictures);
    }
    stages[name + ".resized"] = at::stack(resized);
    stages[name + ".preprocessed"] = at::cat(pictures);
  }
  return stages;
}

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
    Replayed window{golden.input(name + ".pred_logits"), golden.input(name + ".pred_masks"), {}};
    add_results(stages, replay(settings, {window}, integer(part.value, "frames")), name + ".",
                image);
  }
  return stages;
}

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
        windows.push_back({logits[t], masks[t].unsqueeze(1), embeds[t]});
      }
    } else {
      for (const char* side : {".target", ".current"}) {
        at::Tensor embeds = golden.input(name + side);
        windows.push_back(
            {at::zeros({embeds.size(0), 2}), at::zeros({embeds.size(0), 1, 1, 1}), embeds});
      }
    }
    ReplaySettings settings;
    settings.classes = windows[0].class_scores.size(1) - 1;
    Size size{windows[0].masks.size(2), windows[0].masks.size(3)};
    settings.geometry = {size, size, size};
    settings.tracker.set("type", "embedding");
    Recorder recorder([](const std::string&) { return true; });
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

}  // namespace

NamedTensors run_case(const Case& golden, const Options& options) {
  static const std::map<std::string, NamedTensors (*)(const Case&, const Options&)> kKinds = {
      {"minvis_match", run_minvis_match}, {"model", run_model}, {"preprocess", run_preprocess},
      {"results", run_results},           {"rule", run_rule},
  };
  auto kind = kKinds.find(golden.kind);
  if (kind == kKinds.end()) {
    std::string known;
    for (const auto& [name, run] : kKinds) known += (known.empty() ? "" : ", ") + name;
    throw InputError(cat("cases of kind '", golden.kind, "' cannot be run"), golden.folder.string(),
                     cat("the kinds known here are ", known));
  }
  if (!options.feed.empty() && golden.kind != "model") {
    throw InputError(cat("cases of kind '", golden.kind, "' have no taps to feed"),
                     golden.folder.string());
  }
  return kind->second(golden, options);
}

}  // namespace clipwork::parity
