#include <ATen/core/Tensor.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>

#include <regex>

#include "../kinds.h"
#include "../losses.h"

namespace clipwork::parity {

namespace {

/// Stands for the loss of the frames: its matches are the case's.
class RecordedMatches : public Loss {
 public:
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  RecordedMatches(const Parameters&, const Given&) {}
  LossResult operator()(const Sequence&, std::span<const Targets> targets, Context&) override {
    LossResult result;
    result.layers = layers;
    for (Layer& layer : result.layers) {
      layer.clips[0].targets.assign(targets.begin(), targets.end());
    }
    return result;
  }
  /// Final layer first.
  static std::vector<Layer> layers;
};
std::vector<Layer> RecordedMatches::layers;

void record_matches(const Case& golden, const std::string& front, int64_t layers, int64_t frames) {
  static const bool registered = [] {
    Registry::instance().add_builtin("parity_recorded", [](Registrar& registry) {
      registry.add<RecordedMatches>("recorded_matches", "matches of a golden case");
    });
    return true;
  }();
  (void)registered;
  auto numbers = [&](const std::string& name) {
    at::Tensor values = golden.input(name).contiguous();
    const auto* data = values.const_data_ptr<int64_t>();
    return std::vector<int64_t>(data, data + values.numel());
  };
  RecordedMatches::layers.assign(layers, Layer());
  for (int64_t l = 0; l < layers; ++l) {
    Matched matched;
    for (int64_t place = 0; place < frames; ++place) {
      std::string name = cat(front, "frame_match.", l, ".", place);
      matched.matches.push_back({numbers(name + ".rows"), numbers(name + ".cols")});
    }
    RecordedMatches::layers[(l + 1) % layers].clips.push_back(std::move(matched));
  }
}

/// "genvis.clip.2.aux.0.1.queries" as the case's "clip2.aux0.1.queries".
std::string joined_numbers(const std::string& name) {
  static const std::regex kNumbered("(clip|aux)\\.([0-9]+)\\.");
  return std::regex_replace(name.substr(sizeof("genvis.") - 1), kNumbered, "$1$2.");
}

}  // namespace

NamedTensors run_loss_genvis(const Case& golden, const Options&) {
  const Json& config = golden.config();
  NamedTensors stages;
  Leaves leaves(golden);
  Draws draws(golden);
  TapScope taps(&draws);
  Generators random(0);
  OneOfMany world(integer(config, "world_size"));
  Context context{true, random, world};
  const Json& runs = member(config, "runs");
  for (rapidjson::SizeType r = 0; r < runs.Size(); ++r) {
    std::string front = cat("run.", r, ".");
    Size padded = size_of(runs[r], "padded_size");
    int64_t copies = integer(runs[r], "frame_layers_used"), frames = integer(runs[r], "frames");
    int64_t clips = integer(runs[r], "clips"), length = integer(runs[r], "clip_length");
    std::vector<Targets> targets;
    for (int64_t b = 0; leaves.has(cat(front, "target.", b, ".labels")); ++b) {
      Targets video = read_targets(golden, cat(front, "target.", b, "."), padded);
      targets.push_back(with_ids_from_zero(without_absent(without_empty_masks(std::move(video)))));
    }
    record_matches(golden, front, copies, static_cast<int64_t>(targets.size()) * frames);

    auto prediction_of = [&](const std::string& name) {
      ClipPrediction prediction =
          dense_prediction(leaves(name + "pred_logits").flatten(0, 1),
                           leaves(name + "pred_masks").flatten(0, 1), padded);
      prediction.copies = static_cast<int>(copies);
      return prediction;
    };
    Sequence sequence;
    sequence.frames = std::make_shared<ClipPrediction>();
    for (int64_t k = 0; k < clips; ++k) {
      std::string name = cat(front, "clip.", k, ".");
      auto prediction = std::make_shared<ClipPrediction>(prediction_of(name));
      prediction->more.set("similarity.clip", leaves(name + "pred_cq_embed").flatten(0, 1));
      prediction->more.set("similarity.frame", leaves(name + "pred_fq_embed").flatten(0, 1));
      for (int64_t i = 0; i + 1 < integer(runs[r], "decoder_layers"); ++i) {
        prediction->aux.push_back(prediction_of(cat(name, "aux.", i, ".")));
      }
      sequence.clips.push_back({k * length, length, prediction});
    }

    Value table = loss_table(config, "uvla", "volume");
    table.set("name", "genvis");
    table.set("frames.type", "parity_recorded/recorded_matches");
    table.set("frames_weight", 0);
    table.set("terms.sim.type", "similarity");
    table.set("terms.sim.weight", number(member(config, "loss_weights"), "sim"));
    table.set("terms.sim.clips", boolean(config, "sim_use_clip"));
    draws.clear_matches();
    draws.set_names(
        [&](const std::string& purpose) { return front + purpose.substr(sizeof("genvis.") - 1); });
    LossResult result = (*make_component<Loss>("uvla", table))(sequence, targets, context);
    result.total().backward();
    for (const LossValue& term : result.terms) {
      size_t clip = term.name.rfind("_clip");
      stages[cat("loss.run", r, ".", term.name.substr(clip + 1), ".", term.name.substr(0, clip))] =
          term.value.detach();
    }
    stages[cat("loss.run", r, ".total")] = result.total().detach();
    for (const auto& [name, value] : draws.matches()) {
      if (name.ends_with(".queries")) {
        stages[cat("match.run", r, ".", joined_numbers(name))] = value;
      } else if (name.starts_with("clip.")) {
        stages[front + name] = value;
      }
    }

    // The paper's rule on the last layer, with draws of its own and without a loss.
    Value paper = loss_table(config, "uvla", "volume");
    paper.set("name", "genvis");
    paper.set("occupied", "always");
    paper.set("deep", false);
    paper.set("terms", Value::table());
    draws.clear_matches();
    auto without_layer = [](std::string name) {
      return name.erase(name.find("final."), sizeof("final.") - 1);
    };
    draws.set_names([&](const std::string& purpose) {
      return cat(front, "paper.", without_layer(purpose).substr(sizeof("genvis.") - 1));
    });
    (*make_component<Loss>("uvla", paper))(sequence, targets, context);
    for (const auto& [name, value] : draws.matches()) {
      if (!name.ends_with(".queries")) continue;
      stages[cat("match.run", r, ".paper.", joined_numbers(without_layer(name)))] = value;
    }
  }
  leaves.add_gradients(stages);
  return stages;
}

}  // namespace clipwork::parity
