#include <ATen/core/Tensor.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <re2/re2.h>

#include "../kinds.h"
#include "../losses.h"

namespace clipwork::parity {

namespace {

/// Stands for the loss of the frames: its matches are a case's inputs.
class RecordedMatches : public Loss {
 public:
  struct Parameters {
    std::string folder, front;
    int64_t layers = 1, frames = 1;
    void describe(Describer& d) {
      d("folder", folder, "the folder of the case").required();
      d("front", front, "prefix of the names of the matches").required();
      d("layers", layers, "number of decoder layers").range(1, 1000);
      d("frames", frames, "number of frames in all clips").range(1, 1000000);
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  RecordedMatches(const Parameters& p, const Given&) : layers_(static_cast<size_t>(p.layers)) {
    const Case golden = read_case(p.folder);
    auto numbers = [&](const std::string& name) {
      at::Tensor values = golden.input(name).contiguous();
      const auto* data = values.const_data_ptr<int64_t>();
      return std::vector<int64_t>(data, data + values.numel());
    };
    for (int64_t l = 0; l < p.layers; ++l) {
      Matched matched;
      for (int64_t place = 0; place < p.frames; ++place) {
        std::string name = cat(p.front, "frame_match.", l, ".", place);
        matched.matches.push_back({numbers(name + ".rows"), numbers(name + ".cols")});
      }
      layers_[static_cast<size_t>((l + 1) % p.layers)].clips.push_back(std::move(matched));
    }
  }
  LossResult operator()(const Sequence&, std::span<const Targets> targets, Context&) override {
    LossResult result;
    result.layers = layers_;
    for (Layer& layer : result.layers) {
      layer.clips[0].targets.assign(targets.begin(), targets.end());
    }
    return result;
  }

 private:
  std::vector<Layer> layers_;  ///< the final one first
};

void register_matches() {
  static const bool registered = [] {
    Registry::instance().add_builtin("parity_recorded", [](Registrar& registry) {
      registry.add<RecordedMatches>("recorded_matches", "matches of a golden case");
    });
    return true;
  }();
  (void)registered;
}

/// "genvis.clip.2.aux.0.1.queries" as the case's "clip2.aux0.1.queries".
std::string joined_numbers(const std::string& name) {
  std::string joined = name.substr(sizeof("genvis.") - 1);
  RE2::GlobalReplace(&joined, "(clip|aux)\\.([0-9]+)\\.", "\\1\\2.");
  return joined;
}

/// The predictions of a run's clips, as leaves.
Sequence read_sequence(const Json& run, const std::string& front, Leaves& leaves) {
  const int64_t length = integer(run, "clip_length");
  auto prediction_of = [&](const std::string& name) {
    ClipPrediction prediction =
        dense_prediction(leaves(name + "pred_logits").flatten(0, 1),
                         leaves(name + "pred_masks").flatten(0, 1), size_of(run, "padded_size"));
    prediction.copies = static_cast<int>(integer(run, "frame_layers_used"));
    return prediction;
  };
  Sequence sequence;
  sequence.frames = std::make_shared<ClipPrediction>();
  for (int64_t k = 0; k < integer(run, "clips"); ++k) {
    std::string name = cat(front, "clip.", k, ".");
    auto prediction = std::make_shared<ClipPrediction>(prediction_of(name));
    prediction->more.set("similarity.clip", leaves(name + "pred_cq_embed").flatten(0, 1));
    prediction->more.set("similarity.frame", leaves(name + "pred_fq_embed").flatten(0, 1));
    for (int64_t i = 0; i + 1 < integer(run, "decoder_layers"); ++i) {
      prediction->aux.push_back(prediction_of(cat(name, "aux.", i, ".")));
    }
    sequence.clips.push_back({k * length, length, prediction});
  }
  return sequence;
}

/// The matches by the paper's rule on the last layer, with draws of its own and without a loss.
void add_paper_matches(NamedTensors& stages, const Json& config, unsigned r,
                       const Sequence& sequence, const std::vector<Targets>& targets, Draws& draws,
                       Context& context) {
  Value table = loss_table(config, "uvla", "volume");
  table.set("name", "genvis");
  table.set("occupied", "always");
  table.set("deep", false);
  table.set("terms", Value::table());
  auto without_layer = [](std::string name) {
    return name.erase(name.find("final."), sizeof("final.") - 1);
  };
  draws.clear_matches();
  draws.set_names([&](const std::string& purpose) {
    return cat("run.", r, ".paper.", without_layer(purpose).substr(sizeof("genvis.") - 1));
  });
  (*make_component<Loss>("uvla", table))(sequence, targets, context);
  for (const auto& [name, value] : draws.matches()) {
    if (!name.ends_with(".queries")) continue;
    stages[cat("match.run", r, ".paper.", joined_numbers(without_layer(name)))] = value;
  }
}

NamedTensors run_loss_genvis(const Case& golden, const Options&) {
  register_matches();
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
    std::vector<Targets> targets;
    for (int64_t b = 0; leaves.has(cat(front, "target.", b, ".labels")); ++b) {
      Targets video = read_targets(golden, cat(front, "target.", b, "."), padded);
      targets.push_back(with_ids_from_zero(without_absent(without_empty_masks(std::move(video)))));
    }

    const Sequence sequence = read_sequence(runs[r], front, leaves);
    Value table = loss_table(config, "uvla", "volume");
    table.set("name", "genvis");
    table.set("frames.type", "parity_recorded/recorded_matches");
    table.set("frames.folder", golden.folder.string());
    table.set("frames.front", front);
    table.set("frames.layers", copies);
    table.set("frames.frames", static_cast<int64_t>(targets.size()) * frames);
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

    add_paper_matches(stages, config, r, sequence, targets, draws, context);
  }
  leaves.add_gradients(stages);
  return stages;
}

const Kind kLossGenvis("loss_genvis", run_loss_genvis);

}  // namespace

}  // namespace clipwork::parity
