#include <ATen/ops/ones.h>
#include <clipwork/detector.h>
#include <clipwork/error.h>
#include <gtest/gtest.h>

using namespace clipwork;
using at::Tensor;

namespace {

struct Plain : Detector {
  Tensors dense(const std::vector<FeatureMap>&) override { return {}; }
  ClipPrediction select(const Tensors&, const Geometry&, const Rank&) override { return {}; }
};

}  // namespace

TEST(Detector, RefusesRequestsThatItDoesNotKnow) {
  Plain detector;
  detector.request({});
  EXPECT_THROW(detector.request({.maps = {{"res3", 8, 8}}, .branches = {}}), Error);
  EXPECT_THROW(detector.request({.maps = {}, .branches = {{"id", 100, 2}}}), Error);
}

TEST(DensePrediction, HasNoRowsAndAllDenseOutputs) {
  Tensors dense;
  dense.set("id_logits", at::ones({2, 30, 5}));
  dense.set("boxes", at::ones({2, 30, 4}));
  ClipPrediction prediction = dense_prediction(dense, 7);
  EXPECT_EQ(prediction.class_scores.sizes(), (at::IntArrayRef{2, 0, 8}));
  EXPECT_EQ(prediction.rows(), 0);
  EXPECT_EQ(prediction.form, ScoreForm::probability);
  EXPECT_TRUE(prediction.more.at("dense.id_logits").is_same(dense.at("id_logits")));
  EXPECT_TRUE(prediction.more.at("dense.boxes").is_same(dense.at("boxes")));
}

TEST(DensePrediction, NeedsDenseOutputs) { EXPECT_THROW(dense_prediction({}, 7), Error); }
