// The plugin against numbers of the public code: README.md says how they were made.
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/module.h>
#include <clipwork/ref.h>
#include <clipwork/tracker.h>
#include <gtest/gtest.h>

#include <cstdlib>

using namespace clipwork;

namespace {

constexpr int64_t kChannels = 16, kQueries = 6, kMaskChannels = 8, kFrames = 7;
constexpr Size kMap{4, 6}, kPicture{16, 24};

Tensor number(const std::string& name) {
  static const Checkpoint checkpoint = read_checkpoint(std::getenv("GOLDEN"));
  const Tensor* found = checkpoint.find(name);
  if (!found) throw Error("the golden file has no " + name);
  return *found;
}

double largest(const Tensor& value) { return value.abs().max().item<double>(); }

struct Settings {
  std::string order = "published";
  std::shared_ptr<Tracker> tracker;  ///< of the refiner
};

std::shared_ptr<Tracker> make_tracker(const std::string& name, const Settings& settings = {}) {
  Registry::instance().load(std::getenv("PLUGIN"));
  const ComponentInfo& info = Registry::instance().find("tracker", name);
  Value parameters = Value::table();
  parameters.set("heads", 2);
  parameters.set("layers", 3);
  parameters.set("feedforward", 24);
  if (name == "referring") parameters.set("order", settings.order);
  Given given{{{"queries", kChannels, 0}, {"mask_features", kMaskChannels, 4}}, 3};
  Faults faults;
  Describer describer(&parameters, "model.tracker", faults);
  const auto values = info.describe(describer);
  describer.finish();
  faults.raise();
  for (auto& [parameter, reference] : describer.references()) {
    reference->component = settings.tracker;
  }
  auto tracker = std::dynamic_pointer_cast<Tracker>(info.make(values.get(), given));
  fill_by_rule({tracker.get()}, WeightRule());
  return tracker;
}

/// The golden case's frames through a tracker.
std::vector<Tracked> run(Tracker& tracker, bool training) {
  static Communicator world;
  Generators random(1);
  Context context{training, random, world};
  const auto state = tracker.make_state(1);
  std::vector<Tracked> windows;
  for (int64_t t = 0; t < kFrames; ++t) {
    const std::vector<Geometry> geometry = {{kPicture, kPicture, kPicture}};
    const std::vector<FrameMemo> memos(1);
    ClipPrediction prediction;
    prediction.embeddings = number("embeddings")[t].unsqueeze(0);
    prediction.class_scores = prediction.embeddings.narrow(2, 0, 4);
    const Tensor features =
        stream_by_rule(cat("features.", t), 5, {1, kMaskChannels, kMap.height, kMap.width}, 1, 0);
    prediction.masks =
        product_masks(prediction.embeddings.narrow(2, 0, kMaskChannels), {features}, geometry);
    windows.push_back(
        tracker.track(std::move(prediction), {t, memos, geometry, 0, 0}, *state, context));
  }
  std::vector<Tracked> deferred = tracker.finish(*state, context);
  return deferred.empty() ? windows : deferred;
}

Tensor masks_of(const ClipPrediction& prediction) {
  return prediction.masks->values(0, Pairs::all(1, kQueries));
}

/// The mean of squares over frames of logits [1, Q, K + 1], and of masks.
Tensor squares(const std::vector<Tracked>& windows, bool masks) {
  Tensor sum;
  for (const Tracked& window : windows) {
    Tensor value = window.prediction.class_scores.square().mean();
    if (masks) value = value + masks_of(window.prediction).square().mean();
    sum = sum.defined() ? sum + value : value;
  }
  return sum / static_cast<double>(windows.size());
}

/// Compares gradients with all that the golden file has under "grad.".
void expect_gradients(Tracker& tracker, int expected_count) {
  static const Checkpoint checkpoint = read_checkpoint(std::getenv("GOLDEN"));
  int compared = 0;
  for (const NamedParameter& one : named_parameters(tracker)) {
    const Tensor* expected = checkpoint.find("grad." + one.name);
    if (!expected) continue;
    EXPECT_LT(largest(one.value.grad() - *expected), 1e-4 * largest(*expected)) << one.name;
    ++compared;
  }
  EXPECT_EQ(compared, expected_count);
}

}  // namespace

TEST(Dvis, RefersToTheFrameBeforeAsThePublicCode) {
  for (const char* order : {"published", "matched"}) {
    const auto tracker = make_tracker("referring", {order, nullptr});
    tracker->weights()->eval();
    for (const bool plain : {true, false}) {
      SCOPED_TRACE(cat(order, plain ? ", plain" : ""));
      c10::NoGradGuard no_gradient;
      tracker->prepare({plain, true});
      const std::vector<Tracked> windows = run(*tracker, false);
      const std::string path = cat(order, ".");
      for (int64_t t = 0; t < kFrames; ++t) {
        const ClipPrediction& prediction = windows[t].prediction;
        EXPECT_LT(largest(prediction.class_scores[0] - number(path + "logits")[t]), 2e-5) << t;
        EXPECT_LT(largest(prediction.embeddings[0] - number(path + "embeddings")[t]), 2e-5) << t;
        EXPECT_LT(largest(masks_of(prediction) - number(path + "masks").select(1, t)), 5e-5) << t;
        EXPECT_TRUE(prediction.aux.empty());
        for (int row = 0; row < kQueries; ++row) {
          EXPECT_EQ(windows[t].links[row].track, row);
          EXPECT_EQ(windows[t].links[row].fresh, t == 0);
        }
      }
    }
  }
}

TEST(Dvis, TrainsTheReferringTrackerAsThePublicCode) {
  const auto tracker = make_tracker("referring");
  const std::vector<Tracked> windows = run(*tracker, true);
  for (int64_t t = 0; t < kFrames; ++t) {
    const std::vector<ClipPrediction>& aux = windows[t].prediction.aux;
    ASSERT_EQ(aux.size(), 2U);
    EXPECT_LT(largest(aux[0].class_scores[0] - number("published.aux.0.logits")[t]), 2e-5);
  }
  const Tensor loss = squares(windows, true);
  EXPECT_LT(largest(loss - number("tracker.loss")), 1e-5);
  loss.backward();
  expect_gradients(*tracker, 4);
}

TEST(Dvis, RefinesTracksAtTheEndAsThePublicCode) {
  const Settings settings{"published", make_tracker("referring")};
  settings.tracker->weights()->eval();
  const auto refiner = make_tracker("temporal_refiner", settings);
  refiner->weights()->eval();
  for (const bool plain : {true, false}) {
    SCOPED_TRACE(plain ? "plain" : "packed");
    c10::NoGradGuard no_gradient;
    for (Tracker* tracker : {refiner.get(), settings.tracker.get()}) {
      tracker->prepare({plain, true});
    }
    const std::vector<Tracked> windows = run(*refiner, false);
    ASSERT_EQ(windows.size(), static_cast<size_t>(kFrames));
    for (int64_t t = 0; t < kFrames; ++t) {
      const ClipPrediction& prediction = windows[t].prediction;
      EXPECT_EQ(windows[t].first, t);
      EXPECT_EQ(prediction.form, ScoreForm::probability);
      EXPECT_LT(largest(prediction.class_scores[0] - number("refined.scores")), 1e-5) << t;
      EXPECT_LT(largest(masks_of(prediction) - number("refined.masks").select(1, t)), 1e-4) << t;
    }
  }
}

TEST(Dvis, TrainsTheRefinerAsThePublicCode) {
  const Settings settings{"published", make_tracker("referring")};
  const auto refiner = make_tracker("temporal_refiner", settings);
  const std::vector<Tracked> windows = run(*refiner, true);
  EXPECT_LT(largest(windows[0].prediction.class_scores[0] - number("refined.logits")[0]), 2e-5);
  std::vector<Tracked> first_layer = windows;
  for (Tracked& window : first_layer) window.prediction = window.prediction.aux.at(0);
  const Tensor loss = squares(windows, true) + squares(first_layer, false);
  EXPECT_LT(largest(loss - number("refiner.loss")), 1e-5);
  loss.backward();
  expect_gradients(*refiner, 4);
  // The tracker that it refines is not trained.
  for (const NamedParameter& one : named_parameters(*settings.tracker)) {
    EXPECT_FALSE(one.value.grad().defined()) << one.name;
  }
}
