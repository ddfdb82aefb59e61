// The plugin against numbers of the public code: README.md says how they were made.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/decoder.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/loss_term.h>
#include <clipwork/make_component.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <set>

using namespace clipwork;

namespace {

const Checkpoint& golden() {
  static const Checkpoint checkpoint = read_checkpoint(std::getenv("GOLDEN"));
  return checkpoint;
}

Tensor number(const std::string& name) { return *golden().find(name); }

template <class Kind>
std::shared_ptr<Kind> make(const std::string& name, const Value& parameters = Value::table()) {
  Registry::instance().load(std::getenv("PLUGIN"));
  return make_component<Kind>(name, parameters);
}

double largest(const Tensor& value) { return value.abs().max().item<double>(); }

/// Random numbers of a call, and what replaces those of the bank's noise.
struct Call : TapListener {
  bool wants(const std::string& name) override { return name.starts_with("draw.ctvis.noise"); }
  Tensor hear(const std::string&, Tensor value) override { return at::full_like(value, 2); }
  Generators random{1};
  Communicator world;
  Context context{true, random, world};
};

struct Case {
  std::string name;
  double match_score;
  const char* compare;
  int64_t patience, memory;
  bool weigh_age;
};

}  // namespace

TEST(Ctvis, LinksAndDropsAsThePublicCode) {
  const Tensor embeddings = number("tracker.embeddings"), scores = number("tracker.logits");
  const Tensor masks = number("tracker.masks").to(at::kFloat) * 2 - 1;  // [F, Q, h, w]
  const int64_t frames = scores.size(0), height = masks.size(2), width = masks.size(3);
  const Geometry size{{height, width}, {height, width}, {height, width}};
  for (const Case& one :
       {Case{"published", 0.3, "mean", 20, 10, true}, Case{"latest", 0.2, "latest", 4, 3, false}}) {
    SCOPED_TRACE(one.name);
    Value parameters = Value::table();
    parameters.set("match_score", one.match_score);
    parameters.set("compare", one.compare);
    parameters.set("patience", one.patience);
    parameters.set("memory", one.memory);
    parameters.set("weigh_age", one.weigh_age);
    const auto tracker = make<Tracker>("ctvis", parameters);
    const auto state = tracker->make_state(1);
    Generators random(1);
    Communicator world;
    Context context{false, random, world};
    std::map<int64_t, std::vector<int64_t>> rows;  // of each track, -1 in frames without it
    std::set<int64_t> dropped;
    for (int64_t frame = 0; frame < frames; ++frame) {
      ClipPrediction prediction;
      prediction.class_scores = scores[frame].unsqueeze(0);
      prediction.embeddings = embeddings[frame].unsqueeze(0);
      const std::vector<Geometry> geometry = {size};
      const std::vector<FrameMemo> memos(1);
      prediction.masks = dense_masks(masks[frame].unsqueeze(0).unsqueeze(2), geometry);
      const Tracked tracked =
          tracker->track(std::move(prediction), {frame, memos, geometry, 0, 0}, *state, context);
      for (const Link& link : tracked.links) {
        const bool linked = number(one.name + ".ids")[frame][link.row].item<int64_t>() >= 0;
        ASSERT_EQ(link.track >= 0, linked) << "frame " << frame << ", row " << link.row;
        if (!linked) continue;
        EXPECT_EQ(link.fresh, !rows.count(link.track));
        EXPECT_FALSE(dropped.count(link.track));
        rows.try_emplace(link.track, frames, -1).first->second[frame] = link.row;
      }
      dropped.insert(tracked.dropped.begin(), tracked.dropped.end());
    }
    EXPECT_FALSE(dropped.empty());
    for (const int64_t track : dropped) rows.erase(track);
    // Those that are left are the public code's results, whose logits are means over their rows.
    const Tensor expected = number(one.name + ".rows").to(at::kLong);
    const Tensor logits = number(one.name + ".logits");
    std::map<std::vector<int64_t>, int64_t> results;
    for (int64_t i = 0; i < expected.size(0); ++i) {
      const Tensor line = expected[i].contiguous();
      const auto* first = line.const_data_ptr<int64_t>();
      results[{first, first + frames}] = i;
    }
    ASSERT_EQ(rows.size(), results.size());
    for (const auto& [track, line] : rows) {
      ASSERT_TRUE(results.count(line)) << "track " << track;
      std::vector<Tensor> shown;
      for (int64_t frame = 0; frame < frames; ++frame) {
        if (line[frame] >= 0) shown.push_back(scores[frame][line[frame]]);
      }
      EXPECT_LT(largest(at::stack(shown).mean(0) - logits[results[line]]), 1e-5);
    }
  }
}

TEST(Ctvis, HasTheContrastiveLossOfThePublicCode) {
  const Tensor valid = number("loss.valid").to(at::kLong), rows = number("loss.rows");
  const int64_t samples = valid.size(0), frames = valid.size(1), objects = valid.size(2);
  for (const char* name : {"latest", "mean", "noise"}) {
    for (const double cosine : {0.0, 1.5}) {
      SCOPED_TRACE(cat(name, ", cosine ", cosine));
      const Tensor embeddings = number("loss.embeddings").clone().requires_grad_(true);
      Value parameters = Value::table();
      parameters.set("cosine", cosine);
      parameters.set("mean", std::string(name) == "latest" ? 0.0 : 1.0);
      parameters.set("noise", std::string(name) == "noise" ? 1.0 : 0.0);
      const auto term = make<LossTerm>("contrastive", parameters);
      // Every frame of every sample is a batch entry.
      Layer layer;
      Matched& clip = layer.clips.emplace_back();
      auto prediction = std::make_shared<ClipPrediction>();
      prediction->embeddings = embeddings.flatten(0, 1);
      clip.prediction = prediction;
      for (int64_t b = 0; b < samples; ++b) {
        for (int64_t t = 0; t < frames; ++t) {
          Targets targets;
          targets.labels = at::zeros({objects}, at::kLong);
          targets.ids = (valid[b][t] - 1).unsqueeze(1);
          targets.sample = b;
          targets.first = t;
          clip.targets.push_back(std::move(targets));
          Assignment& pairs = clip.matches.emplace_back();
          for (int64_t i = 0; i < objects; ++i) {
            pairs.rows.push_back(rows[b][t][i].item<int64_t>());
            pairs.columns.push_back(i);
          }
        }
      }
      Call call;
      TapScope taps(&call);
      const std::vector<Tensor> values = (*term)(layer, call.context);
      ASSERT_EQ(values.size(), 1U);
      const std::string path = cat("loss.", name, ".");
      const Tensor expected = number(path + "products") + cosine * number(path + "cosines");
      EXPECT_LT(largest(values[0] - expected), 2e-6);
      if (cosine == 0) continue;
      values[0].backward();
      EXPECT_LT(largest(embeddings.grad() - number(path + "gradient")), 1e-6);
    }
  }
  Layer auxiliary;
  auxiliary.index = 0;
  Call call;
  EXPECT_TRUE((*make<LossTerm>("contrastive"))(auxiliary, call.context).empty());
}

namespace {

struct NoParameters {
  void describe(Describer&) {}
};

/// Embeddings of ones.
struct Ones : Decoder {
  using Parameters = NoParameters;
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.gives = {"embeddings", "start.queries"};
    contract.maps = {{"queries", 4, 0}};
    contract.max_window = 1;
    contract.independent = true;
    return contract;
  }
  Ones(const Parameters&, const Given&) {}
  FrameMemo encode(const FrameFeatures&, Context&) override { return {}; }
  ClipPrediction decode(const Window&, const Tensors&, State&, Context&) override {
    ClipPrediction prediction;
    prediction.embeddings = at::ones({1, 3, 4});
    return prediction;
  }
};

}  // namespace

TEST(Ctvis, HeadTurnsTheEmbeddingsOfADecoderIntoOthers) {
  Registry::instance().add_builtin(
      "test", [](Registrar& registry) { registry.add<Ones>("ones", "embeddings of ones"); });
  Value parameters = Value::table();
  parameters.set("frame.type", "ones");
  const auto decoder = make<Decoder>("reid", parameters);
  fill_by_rule({decoder.get()}, WeightRule());
  std::vector<NamedParameter> names = named_parameters(*decoder);
  ASSERT_EQ(names.size(), 6U);
  EXPECT_EQ(names[0].name, "sem_seg_head.predictor.reid_embed.layers.0.weight");
  Call call;
  const auto state = decoder->make_state(1);
  const Tensor embeddings = decoder->decode({}, {}, *state, call.context).embeddings;
  Tensor expected = at::ones({3, 4});
  for (size_t layer = 0; layer < 3; ++layer) {
    expected = expected.matmul(names[2 * layer].value.t()) + names[2 * layer + 1].value;
    if (layer < 2) expected = expected.clamp_min(0);
  }
  EXPECT_LT(largest(embeddings - expected), 1e-5);
}
