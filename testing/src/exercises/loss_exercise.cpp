#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <clipwork/loss.h>
#include <clipwork/testing/gradients.h>

#include <cmath>

#include "exercises/exercise.h"

namespace clipwork::test::suite {

namespace {

constexpr int64_t kClipFrames = 2, kPoints = 16;

/// What a training predicts for the clips of a trial, batch 1, a row for each object and two
/// without: the truth under waves, so that nothing is at a corner of a loss.
struct Predicted {
  struct Clip {
    int64_t first = 0, frames = 0;
    Tensor scores, masks, embeddings, queries;  ///< leaves that require gradients
  };
  std::vector<Clip> clips;

  explicit Predicted(const Trial& trial) {
    std::vector<int64_t> rows = {-1};
    for (const int64_t object : trial.scene.everything()) rows.push_back(object);
    rows.push_back(-1);
    double phase = static_cast<double>(trial.seed);
    for (int64_t first = 0; first < trial.frames; first += kClipFrames) {
      const int64_t frames = std::min(kClipFrames, trial.frames - first);
      const ClipPrediction truth = trial.scene.prediction(first, frames, rows);
      std::vector<Tensor> masks;
      for (int frame = 0; frame < frames; ++frame) {
        masks.push_back(
            truth.masks->values(frame, Pairs::all(1, static_cast<int64_t>(rows.size()))));
      }
      const auto leaf = [&](const Tensor& tensor) {
        Tensor made = tensor.mul(0.3).to(trial.device);
        made.add_(waves(tensor.sizes(), phase += 1, trial.device));
        return made.set_requires_grad(true);
      };
      clips.push_back({first, frames, leaf(truth.class_scores),
                       leaf(at::stack(masks, 1).unsqueeze(0)), leaf(truth.embeddings),
                       leaf(truth.queries)});
    }
  }

  std::vector<Tensor> leaves() const {
    std::vector<Tensor> all;
    for (const Clip& clip : clips) {
      for (const Tensor& leaf : {clip.scores, clip.masks, clip.embeddings, clip.queries}) {
        all.push_back(leaf);
      }
    }
    return all;
  }

  static std::shared_ptr<ClipPrediction> prediction(const Clip& clip, Size size) {
    auto made = std::make_shared<ClipPrediction>();
    made->class_scores = clip.scores;
    made->embeddings = clip.embeddings;
    made->queries = clip.queries;
    made->masks = dense_masks(clip.masks, std::vector<Geometry>(clip.frames, {size, size, size}));
    return made;
  }
};

/// Mask values of the pairs at pixels spread over the picture: [M, F, P].
MaskPoints points_of(const Predicted::Clip& clip, const Targets& targets) {
  const int64_t objects = targets.count(), pixels = clip.masks.size(3) * clip.masks.size(4);
  const Tensor at = at::arange(kPoints, clip.masks.options().dtype(at::kLong).requires_grad(false))
                        .mul(pixels / kPoints);
  MaskPoints points;
  // Row r + 1 is object r.
  points.logits = clip.masks[0].narrow(0, 1, objects).flatten(2).index_select(2, at);
  points.labels =
      targets.masks.to(at.device()).flatten(2).index_select(2, at).to(clip.masks.scalar_type());
  points.present = targets.ids.ge(0);
  return points;
}

Layer layer_of(const Predicted& predicted, const Trial& trial, bool points) {
  Layer layer;
  for (const Predicted::Clip& clip : predicted.clips) {
    Matched matched;
    matched.prediction = Predicted::prediction(clip, trial.scene.size());
    matched.first = clip.first;
    matched.targets = {trial.scene.targets(clip.first, clip.frames)};
    Assignment pairs;
    for (const int64_t object : trial.scene.everything()) {
      pairs.rows.push_back(object + 1);
      pairs.columns.push_back(object);
    }
    matched.normaliser = std::max<double>(1, static_cast<double>(pairs.rows.size()));
    matched.matches = {std::move(pairs)};
    if (points) matched.points = points_of(clip, matched.targets[0]);
    layer.clips.push_back(std::move(matched));
  }
  return layer;
}

/// One call, its value and its gradients.
class LossUse : public Use {
 public:
  using Values = std::function<std::vector<LossValue>(const Predicted&, Context&)>;
  LossUse(const Trial& trial, Values values) : trial_(trial), values_(std::move(values)) {}

  bool step() override {
    if (done_) return false;
    done_ = true;
    c10::AutoGradMode gradients(true);
    const Predicted predicted(trial_);
    TestContext context(trial_.seed, true);
    Tensor total;
    for (const LossValue& term : values_(predicted, context)) {
      if (!expect_numbers(term.name, term.value, {})) continue;
      expect(std::isfinite(term.weight) && term.weight >= 0, term.name,
             ": expected a weight of 0 or more, found ", term.weight);
      outputs.set(cat(outputs.entries.size(), " ", term.name), term.value.detach());
      total = total.defined() ? total + term.value : term.value;
    }
    if (!total.defined()) return true;
    if (trial_.scene.objects().empty() && !total.requires_grad()) return true;
    if (!expect(total.requires_grad(), "expected values with a gradient, found constants")) {
      return true;
    }
    total.backward();
    const std::vector<Tensor> leaves = predicted.leaves();
    for (size_t i = 0; i < leaves.size(); ++i) {
      const Tensor& gradient = leaves[i].grad();
      if (!gradient.defined()) continue;
      const std::string name = cat("gradient ", i);
      if (expect_numbers(name, gradient, leaves[i].sizes().vec())) outputs.set(name, gradient);
    }
    return true;
  }

 private:
  Trial trial_;
  Values values_;
  bool done_ = false;
};

class LossExercise : public Exercise {
 public:
  LossExercise(const TestedComponent& tested, const ContractSetup& setup)
      : tested_(tested), setup_(setup) {}

  bool on_device() const override { return true; }

  std::string obstacle(const Trial&) const override {
    const Contract& contract = tested_.contract();
    if (is_term()) {
      if (setup_.complete_layer) return {};
      return unknown_needs(contract.needs,
                           {"scores.softmax", "matched.points", "masks", "embeddings", "queries"},
                           "set ContractSetup::complete_layer");
    }
    if (setup_.complete_prediction) return {};
    return unknown_needs(contract.needs, {"scores.softmax", "masks", "embeddings", "queries"},
                         "set ContractSetup::complete_prediction");
  }

  std::unique_ptr<Use> begin(const std::shared_ptr<Component>& component,
                             const Trial& trial) const override {
    return std::make_unique<LossUse>(
        trial, [component, trial, this](const Predicted& predicted, Context& context) {
          return values(*component, trial, predicted, context);
        });
  }

  std::optional<std::string> gradient_difference(const std::shared_ptr<Component>& component,
                                                 const Trial& trial) const override {
    // A rule chooses matches and points, so a loss jumps; its terms do not.
    if (!is_term()) return {};
    const Predicted predicted(trial);
    return test::gradient_difference(
        [&] {
          TestContext context(trial.seed, true);
          Tensor total = at::zeros({}, predicted.clips[0].scores.options().requires_grad(false));
          for (const LossValue& term : values(*component, trial, predicted, context)) {
            total = total + term.value;
          }
          // A term without a gradient here still has the derivative 0.
          for (const Tensor& leaf : predicted.leaves()) total = total + 0 * leaf.sum();
          return total;
        },
        predicted.leaves());
  }

 private:
  bool is_term() const { return tested_.info().kind == LossTerm::kKind; }

  std::vector<LossValue> values(Component& component, const Trial& trial,
                                const Predicted& predicted, Context& context) const {
    if (!is_term()) return of_rule(dynamic_cast<Loss&>(component), trial, predicted, context);
    auto& term = dynamic_cast<LossTerm&>(component);
    const bool points = term.wants_points() || needs(tested_.contract(), "matched.points");
    Layer layer = layer_of(predicted, trial, points);
    if (setup_.complete_layer) setup_.complete_layer(layer);
    const std::vector<Tensor> found = term(layer, context);
    if (found.size() > 1 && found.size() != layer.clips.size()) {
      throw Error(cat("expected a value for each of ", layer.clips.size(),
                      " clips, or one, or none, found ", found.size()));
    }
    std::vector<LossValue> named;
    for (size_t i = 0; i < found.size(); ++i) {
      named.push_back({cat("value ", i), found[i], term.weight()});
    }
    return named;
  }

  std::vector<LossValue> of_rule(Loss& loss, const Trial& trial, const Predicted& predicted,
                                 Context& context) const {
    Sequence sequence;
    for (const Predicted::Clip& clip : predicted.clips) {
      auto prediction = Predicted::prediction(clip, trial.scene.size());
      if (setup_.complete_prediction) setup_.complete_prediction(*prediction);
      sequence.clips.push_back({clip.first, clip.frames, prediction});
    }
    const Targets targets = trial.scene.targets(0, trial.frames);
    return loss(sequence, {&targets, 1}, context).terms;
  }

  const TestedComponent& tested_;
  const ContractSetup& setup_;
};

}  // namespace

std::unique_ptr<Exercise> loss_exercise(const TestedComponent& tested, const ContractSetup& setup) {
  return std::make_unique<LossExercise>(tested, setup);
}

}  // namespace clipwork::test::suite
