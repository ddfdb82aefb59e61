#include "replay.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>
#include <clipwork/tracker.h>

#include <algorithm>

#include "model_config.h"

namespace clipwork::parity {

namespace {

/// The windows that the replaying decoder of this process gives next: set for the length of one
/// call of `replay`.
const std::vector<Replayed>* replayed_windows = nullptr;
Geometry replayed_geometry;

struct NoParameters {
  void describe(Describer&) {}
};

class Nothing : public Backbone {
 public:
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Nothing(const Parameters&, const Given&) {}
  std::vector<FeatureMap> forward(const Tensor&, Context&) override { return {}; }
};

class Replay : public Decoder {
 public:
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.gives = {"embeddings", "embeddings.head", "embeddings.tail", "masks"};
    contract.carries_rows = true;
    return contract;
  }
  Replay(const Parameters&, const Given&) {}

  struct Position : State {
    size_t next = 0;
  };
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Position>(); }
  FrameMemo encode(const FrameFeatures&, Context&) override { return {}; }
  ClipPrediction decode(const Window& window, const Tensors&, State& state, Context&) override {
    const Replayed& given = replayed_windows->at(dynamic_cast<Position&>(state).next++);
    ClipPrediction prediction;
    prediction.class_scores = given.class_scores.unsqueeze(0);
    if (given.embeddings.defined()) prediction.embeddings = given.embeddings.unsqueeze(0);
    if (given.head.defined()) prediction.more.set("embeddings.head", given.head.unsqueeze(0));
    if (given.tail.defined()) prediction.more.set("embeddings.tail", given.tail.unsqueeze(0));
    std::vector<Geometry> geometry(window.length(), replayed_geometry);
    prediction.masks = dense_masks(given.masks.unsqueeze(0), geometry);
    return prediction;
  }
};

/// Links as they were given.
class Links : public Tracker {
 public:
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Links(const Parameters&, const Given&) {}

  struct Position : State {
    size_t next = 0;
  };
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Position>(); }
  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    size_t index = dynamic_cast<Position&>(state).next++;
    const at::Tensor& rows = replayed_windows->at(index).links;
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    for (int64_t track = 0; track < rows.size(0); ++track) {
      tracked.links.push_back({static_cast<int>(rows[track].item<int64_t>()), track, index == 0});
    }
    std::sort(tracked.links.begin(), tracked.links.end(),
              [](const Link& a, const Link& b) { return a.row < b.row; });
    return tracked;
  }
};

/// [rows, T, H, W] bool: the masks of a result's rows.
at::Tensor row_masks(const Result& result) {
  std::vector<at::Tensor> rows;
  for (const ResultRow& row : result.rows) {
    std::vector<at::Tensor> frames;
    for (int64_t t = 0; t < result.frames; ++t) {
      frames.push_back(result.mask(row.track, t).value_or(MaskRle::blank(result.size)).to_tensor());
    }
    rows.push_back(at::stack(frames));
  }
  if (rows.empty())
    return at::zeros({0, result.frames, result.size.height, result.size.width}, at::kBool);
  return at::stack(rows);
}

}  // namespace

ReplaySettings plain_settings(const std::vector<Replayed>& windows) {
  ReplaySettings settings;
  const Replayed& first = windows.at(0);
  settings.classes = first.class_scores.size(1) - 1;
  Size size{first.masks.size(2), first.masks.size(3)};
  settings.geometry = {size, size, size};
  return settings;
}

Result replay(const ReplaySettings& settings, const std::vector<Replayed>& windows, int64_t frames,
              TapListener* listener) {
  static const bool registered = [] {
    Registry::instance().add_builtin("parity", [](Registrar& registry) {
      registry.add<Nothing>("nothing", "returns no maps");
      registry.add<Replay>("replay", "returns recorded predictions");
      registry.add<Links>("links", "returns recorded links");
    });
    return true;
  }();
  (void)registered;
  replayed_windows = &windows;
  replayed_geometry = settings.geometry;

  Value tree = Value::table();
  tree.set("model.backbone.type", "parity/nothing");
  tree.set("model.decoder.type", "parity/replay");
  tree.set("model.tracker", settings.tracker);
  tree.set("window", settings.window);
  tree.set("tracks", settings.tracks);
  tree.set("preprocess.resize", "none");
  tree.set("preprocess.divisor", int64_t{1});
  tree.set("classes.names", class_names(settings.classes));
  // Recorded predictions have a geometry of their own, and lack what their case does not need.
  tree.set("run.checks", "never");
  const Pipeline pipeline(Config(tree, {}), WeightRule());
  VideoInfo video;
  video.output = settings.geometry.output;
  video.listener = listener;
  Stream stream = pipeline.open(video);
  Frame frame;
  frame.pixels = at::zeros({3, 1, 1}, at::kByte);
  for (frame.index = 0; frame.index < frames; ++frame.index) stream.push(frame);
  return stream.finish().result;
}

void add_results(NamedTensors& stages, const Result& result, const std::string& prefix,
                 bool one_frame) {
  std::vector<double> scores, class_scores;
  std::vector<int64_t> labels, ids;
  for (const ResultRow& row : result.rows) {
    scores.push_back(row.score);
    class_scores.push_back(row.class_score);
    labels.push_back(row.category);
    // The public code counts from 0.
    ids.push_back(row.track - 1);
  }
  stages[prefix + "results.scores"] = at::tensor(scores, at::kDouble);
  stages[prefix + "results.class_scores"] = at::tensor(class_scores, at::kDouble);
  stages[prefix + "results.labels"] = at::tensor(labels, at::kLong);
  stages[prefix + "results.ids"] = at::tensor(ids, at::kLong);
  at::Tensor missing =
      at::zeros({static_cast<int64_t>(result.rows.size()), result.frames}, at::kBool);
  for (size_t r = 0; r < result.rows.size(); ++r) {
    for (int64_t t = 0; t < result.frames; ++t) {
      missing[static_cast<int64_t>(r)][t] = !result.mask(result.rows[r].track, t).has_value();
    }
  }
  stages[prefix + "results.missing"] = missing;
  at::Tensor masks = row_masks(result);
  stages[prefix + "results.masks"] = one_frame ? masks.squeeze(1) : masks;
}

}  // namespace clipwork::parity
