#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/trainer.h>
#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;
using testing::HasSubstr;

namespace {

Sample sample_of(const char* name, int64_t objects, bool boxes) {
  Sample sample;
  sample.name = name;
  sample.frames = at::arange(2 * 3 * 4 * 5, at::kByte).view({2, 3, 4, 5});
  sample.targets.name = std::string(name) + ".video";
  sample.targets.labels = at::arange(objects, at::kLong);
  sample.targets.ids = at::full({objects, 2}, -1, at::kLong);
  sample.targets.masks = at::ones({objects, 2, 4, 5}, at::kBool);
  if (boxes) sample.targets.boxes = at::ones({objects, 2, 4});
  return sample;
}

RefusedBatch batch_of(std::vector<Sample> samples) {
  return {12, "class_scores is not finite", "video cats: layer 3", std::move(samples)};
}

class RefusedBatches : public testing::Test {
 protected:
  std::filesystem::path file() const { return scratch_.path() / "refused_batch.safetensors"; }
  std::string refusal() const {
    try {
      read_refused_batch(file());
    } catch (const InputError& error) {
      EXPECT_THAT(error.where(), HasSubstr("refused_batch.safetensors"));
      return error.what();
    }
    return "nothing was thrown";
  }
  test::ScratchFolder scratch_;
};

}  // namespace

TEST_F(RefusedBatches, AreReadAsTheyWereWritten) {
  const RefusedBatch batch = batch_of({sample_of("a", 3, true), sample_of("b", 0, false)});
  write_refused_batch(file(), batch, {});
  RefusedBatch read = read_refused_batch(file());
  EXPECT_EQ(read.step, 12);
  EXPECT_EQ(read.problem, batch.problem);
  EXPECT_EQ(read.where, batch.where);
  ASSERT_EQ(read.samples.size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    const Sample &before = batch.samples[i], &after = read.samples[i];
    EXPECT_EQ(after.name, before.name);
    EXPECT_EQ(after.targets.name, before.targets.name);
    EXPECT_TRUE(after.frames.equal(before.frames));
    EXPECT_TRUE(after.targets.labels.equal(before.targets.labels));
    EXPECT_TRUE(after.targets.ids.equal(before.targets.ids));
    EXPECT_TRUE(after.targets.masks.equal(before.targets.masks));
    EXPECT_EQ(after.targets.boxes.defined(), before.targets.boxes.defined());
  }
  EXPECT_TRUE(read.samples[0].targets.boxes.equal(batch.samples[0].targets.boxes));
}

TEST_F(RefusedBatches, OutliveTheirFile) {
  write_refused_batch(file(), batch_of({sample_of("a", 3, true)}), {});
  RefusedBatch read = read_refused_batch(file());
  std::filesystem::remove(file());
  EXPECT_TRUE(read.samples[0].frames.equal(sample_of("a", 3, true).frames));
}

TEST_F(RefusedBatches, HoldTheWeightsOfThatMoment) {
  write_refused_batch(file(), batch_of({sample_of("a", 1, false)}),
                      {{"backbone.weight", at::full({3}, 0.5, at::kFloat)}});
  Checkpoint weights = read_checkpoint(file());
  ASSERT_TRUE(weights.find("backbone.weight"));
  EXPECT_TRUE(weights.find("backbone.weight")->equal(at::full({3}, 0.5, at::kFloat)));
}

TEST_F(RefusedBatches, AreToldFromOtherCheckpoints) {
  write_safetensors(file(), {{"weight", at::ones({2})}}, {});
  EXPECT_THAT(refusal(), HasSubstr("refused_batch.safetensors"));
  write_safetensors(file(), {{"weight", at::ones({2})}},
                    {{"refused.step", "many"}, {"refused.samples", "1"}});
  EXPECT_NE(refusal(), "nothing was thrown");
}

TEST_F(RefusedBatches, WithMissingTensorsAreRefusedByName) {
  write_safetensors(file(), {{"refused.0.frames", at::zeros({1, 3, 2, 2}, at::kByte)}},
                    {{"refused.step", "3"}, {"refused.samples", "1"}});
  EXPECT_THAT(refusal(), HasSubstr("refused.0.labels"));
}
