// What is not seen through components: tests/core/inference/faulty_components_test.cpp and
// tests/registry/checked_component_test.cpp have the faults of each kind.

#include "components/check_returned.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

/// A window of one row, linked to this track.
Tracked window(int64_t first, int64_t track, bool fresh, std::vector<int64_t> ended = {}) {
  Tracked tracked;
  tracked.first = first;
  tracked.prediction.class_scores = at::zeros({1, 1, 3});
  tracked.links = {{0, track, fresh}};
  tracked.ended = std::move(ended);
  return tracked;
}

}  // namespace

TEST(LinkCheck, RemembersEveryTrackThatEnded) {
  // Tracks end in an order that makes runs, joins them, and leaves gaps.
  const std::vector<int64_t> order = {5, 7, 6, 0, 2, 9, 1, 8, 20};
  LinkCheck check;
  int64_t first = 0;
  for (const int64_t track : order) {
    check(window(first, track, true, {track}), first);
    ++first;
  }
  for (const int64_t track : order) {
    EXPECT_SAYS(error_of([&] { check(window(first, track, true), first); }), "which ended before");
  }
  for (const int64_t track : {3, 4, 10, 19, 21}) {
    EXPECT_EQ(error_of([&] { check(window(first, track, true), first); }), "nothing was thrown")
        << track;
  }
}

TEST(LinkCheck, TakesAWindowWithoutRows) {
  Tracked none;
  none.prediction.class_scores = at::zeros({1, 0, 3});
  LinkCheck check;
  EXPECT_EQ(error_of([&] { check(none, 0); }), "nothing was thrown");
}

TEST(CheckMaps, TakesRoundedSidesAndPassesOverWidths) {
  const std::vector<MapInfo> promised = {{"p6", 4, 64}, {"queries", 256, 0}};
  for (const int64_t side : {1, 2}) {
    EXPECT_EQ(error_of([&] {
                check_maps({{"p6", 64, at::zeros({2, 4, side, 1})}}, promised, 2, {96, 64});
              }),
              "nothing was thrown");
  }
  EXPECT_SAYS(error_of([&] {
                check_maps({{"p6", 64, at::zeros({2, 4, 3, 1})}}, promised, 2, {96, 64});
              }),
              "expected map 'p6' as float [2, 4, 1, 1], found Float [2, 4, 3, 1]");
}

TEST(CheckPrediction, OfTrainingMayHaveNoMasksAndSeveralCopies) {
  const std::vector<Geometry> geometry = {{{8, 8}, {8, 8}, {8, 8}}};
  ClipPrediction prediction;
  prediction.class_scores = at::full({6, 2, 4}, std::numeric_limits<float>::infinity());
  prediction.copies = 3;
  const ExpectedWindow training{0, 2, 3, geometry, {}, true}, running{0, 6, 3, geometry, {}, false};
  EXPECT_EQ(error_of([&] { check_prediction(prediction, training); }), "nothing was thrown");
  prediction.copies = 1;
  EXPECT_SAYS(error_of([&] { check_prediction(prediction, training); }),
              "expected class scores as float [2, rows, 4]");
  EXPECT_SAYS(error_of([&] { check_prediction(prediction, running); }),
              "expected masks of 1 frame");
}

TEST(CheckPrediction, ProbabilitiesMayHaveAColumnForNone) {
  const std::vector<Geometry> geometry = {{{8, 8}, {8, 8}, {8, 8}}};
  const ExpectedWindow window{0, 1, 3, geometry, {}, true};
  ClipPrediction prediction;
  prediction.form = ScoreForm::probability;
  for (const int64_t columns : {3, 4}) {
    prediction.class_scores = at::zeros({1, 2, columns});
    EXPECT_EQ(error_of([&] { check_prediction(prediction, window); }), "nothing was thrown");
  }
  prediction.class_scores = at::zeros({1, 2, 5});
  EXPECT_SAYS(error_of([&] { check_prediction(prediction, window); }), "for 3 classes, found");
}

TEST(CheckLoss, ExpectsScalarsAndAGradientOfOneWithAWeight) {
  const Tensor weight = at::ones({2}).requires_grad_();
  LossResult result;
  result.terms = {{"loss_ce", weight.sum(), 1}, {"loss_dice", at::ones({}), 1}};
  EXPECT_EQ(error_of([&] { check_loss(result, true); }), "nothing was thrown");
  result.terms[0].value = weight;
  EXPECT_EQ(error_of([&] { check_loss(result, true); }),
            "expected term 'loss_ce' as a scalar, found Float [2]");
  result.terms[0].value = weight.sum().detach();
  EXPECT_EQ(error_of([&] { check_loss(result, true); }),
            "expected a term with a gradient and a weight, found none among 2 terms");
  result.terms[0] = {"loss_ce", weight.sum(), 0};
  EXPECT_SAYS(error_of([&] { check_loss(result, true); }), "found none among 2 terms");
  EXPECT_EQ(error_of([&] { check_loss(result, false); }), "nothing was thrown");
}
