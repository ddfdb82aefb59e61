#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/loss_term.h>
#include <clipwork/module.h>
#include <clipwork/tracker.h>

#include "../component.h"
#include "../kinds.h"
#include "../losses.h"
#include "../recorder.h"

namespace clipwork::parity {

namespace {

Value tracker_table(const Json& config) {
  Value table = Value::table();
  table.set("type", "masktrack");
  table.set("width", integer(config, "fc_out_channels"));
  table.set("layers", integer(config, "num_fcs"));
  const Json& coefficients = member(config, "match_coeff");
  table.set("score_weight", coefficients[0].GetDouble());
  table.set("iou_weight", coefficients[1].GetDouble());
  table.set("class_weight", coefficients[2].GetDouble());
  return table;
}

Given given_of(const Json& config) {
  Given given;
  given.classes = integer(config, "num_classes");
  given.maps = {{"embeddings", integer(config, "embedding_channels"), 0}};
  return given;
}

/// Frame t of the case as a detector's prediction.
ClipPrediction detections(const Case& golden, int64_t t) {
  const Json& config = golden.config();
  const int64_t classes = integer(config, "num_classes");
  ClipPrediction prediction;
  prediction.form = ScoreForm::probability;
  const std::string front = cat("frame.", t, ".");
  const bool any = golden.has_input(front + "embeddings");
  auto input = [&](const char* name, int64_t width) {
    return any ? golden.input(front + name) : at::zeros({0, width});
  };
  prediction.embeddings = input("embeddings", integer(config, "embedding_channels")).unsqueeze(0);
  prediction.class_scores = input("class_scores", classes).unsqueeze(0);
  prediction.more.set("boxes", input("boxes", 4).unsqueeze(0));
  return prediction;
}

void add_tracks(NamedTensors& stages, const Case& golden, const Options& options) {
  auto tracker = make_alone<Tracker>(tracker_table(golden.config()), given_of(golden.config()),
                                     golden, options);
  Recorder recorder;
  TapScope taps(&recorder);
  c10::InferenceMode inference;
  Generators random(0);
  Communicator world;
  Context context{false, random, world};
  std::unique_ptr<State> state = tracker->make_state(1);
  for (int64_t t = 0; t < integer(golden.config(), "frames"); ++t) {
    const std::vector<FrameMemo> memos(1);
    const Geometry geometry;
    tracker->track(detections(golden, t), {t, memos, {&geometry, 1}, 0, 0}, *state, context);
  }
  for (auto& [name, value] : recorder.stages()) stages[name] = value;
}

/// A frame whose objects are known, and the next, whose detections are to find them.
Layer pair_of_frames(const Case& golden, Leaves& leaves) {
  Layer layer;
  layer.clips.resize(2);
  auto before = std::make_shared<ClipPrediction>(), now = std::make_shared<ClipPrediction>();
  before->embeddings = leaves("loss.embeddings");
  before->more.set("truth.embeddings", leaves("loss.truth"));
  before->more.set("truth.known", golden.input("loss.known"));
  now->embeddings = leaves("loss.embeddings");
  layer.clips[0].prediction = before;
  layer.clips[1].prediction = now;
  layer.clips[1].first = 1;
  for (int64_t b = 0; b < golden.input("loss.known").size(0); ++b) {
    auto numbers = [&](const char* name) {
      const at::Tensor values = golden.input(cat("loss.", name, ".", b));
      const auto* first = values.const_data_ptr<int64_t>();
      return std::vector<int64_t>(first, first + values.numel());
    };
    layer.clips[1].matches.push_back({numbers("rows"), numbers("columns")});
  }
  return layer;
}

void add_loss(NamedTensors& stages, const Case& golden, const Options& options) {
  Value table = Value::table();
  table.set("type", "track");
  table.set("tracker", tracker_table(golden.config()));
  auto term = make_alone<LossTerm>(table, given_of(golden.config()), golden, options);
  Leaves leaves(golden);
  Generators random(0);
  Communicator world;
  Context context{true, random, world};
  const at::Tensor loss = (*term)(pair_of_frames(golden, leaves), context).at(0);
  loss.backward();
  stages["loss.track"] = loss.detach();
  leaves.add_gradients(stages);
}

NamedTensors run_masktrack(const Case& golden, const Options& options) {
  NamedTensors stages;
  add_tracks(stages, golden, options);
  add_loss(stages, golden, options);
  return stages;
}

const Kind kMasktrack("masktrack", run_masktrack);

}  // namespace

}  // namespace clipwork::parity
