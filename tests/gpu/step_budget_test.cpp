// What a training step asks of a GPU: the kernels grow with the batch as little as they must, and
// the host waits a few times a step.

#include <ATen/ops/zeros.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/config.h>
#include <clipwork/host/learner.h>
#include <clipwork/host/optimizer.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/plan.h>

#include "gpu/counting_device.h"
#include "support.h"

using namespace clipwork;
using test::DeviceWork;

namespace {

[[maybe_unused]] const bool kPluginsOfSteps = (test::use_built_plugins(), true);

struct Clip {
  int64_t frames = 1, height = 96, width = 160, objects = 4;
};

/// Objects are bars of the picture.
Sample sample_of(uint64_t seed, const Clip& clip) {
  Sample sample;
  sample.frames = picture_by_rule(seed, 0, clip.frames, clip.height, clip.width);
  sample.targets.labels = at::zeros({clip.objects}, at::kLong);
  sample.targets.ids = at::zeros({clip.objects, clip.frames}, at::kLong);
  sample.targets.masks = at::zeros({clip.objects, clip.frames, clip.height, clip.width}, at::kBool);
  sample.targets.boxes = at::zeros({clip.objects, clip.frames, 4});
  for (int64_t i = 0; i < clip.objects; ++i) {
    const int64_t top = i * clip.height / clip.objects, height = clip.height / clip.objects / 2;
    sample.targets.ids[i].fill_(i);
    sample.targets.masks[i].narrow(1, top, height).fill_(true);
    sample.targets.boxes[i].select(1, 1).fill_(top);
    sample.targets.boxes[i].select(1, 2).fill_(clip.width);
    sample.targets.boxes[i].select(1, 3).fill_(top + height);
  }
  return sample;
}

/// The second of two steps: the first makes what is kept.
DeviceWork step_of(const std::string& config, int64_t videos, const Clip& clip) {
  const Pipeline pipeline = Pipeline::for_training(
      plan_pipeline(load_config((test::source_dir() / "configs" / config).string(),
                                {"run.device=\"cuda:0\""})),
      WeightRule());
  const Learner learner(pipeline);
  std::vector<Component*> components;
  for (const PipelineComponent& part : pipeline.components())
    components.push_back(part.component.get());
  const OptimizerSection& section = pipeline.training().optimizer;
  AdamW optimizer(group_parameters(components, section), section);
  std::vector<Sample> samples;
  for (int64_t v = 0; v < videos; ++v)
    samples.push_back(sample_of(static_cast<uint64_t>(v) + 1, clip));
  Generators random(0);
  Communicator world;
  auto step = [&] {
    Batch batch = make_batch(samples, pipeline.preprocess(), pipeline.classes().count());
    move_to(batch, {c10::kCUDA, 0});
    optimizer.clear_gradients();
    const LossResult result = learner(batch, random, world);
    result.total().backward();
    clip_gradients(optimizer.parameters(), gradient_norm(optimizer.parameters()),
                   section.clip_norm);
    optimizer.step();
  };
  step();
  return test::device_work_of(step);
}

}  // namespace

TEST(StepBudget, ImagesOfABatchAreMatchedTogether) {
  const DeviceWork work = step_of("demo/image.toml", 32, {});
  RecordProperty("kernels", std::to_string(work.kernels));
  RecordProperty("waits", std::to_string(work.waits));
  EXPECT_LE(work.kernels, 2700) << test::details(work);
  EXPECT_LE(work.waits, 9) << test::details(work);
}

TEST(StepBudget, GrowsLinearlyWithTheBatch) {
  const DeviceWork small = step_of("demo/image.toml", 4, {}),
                   large = step_of("demo/image.toml", 8, {});
  EXPECT_LE(large.kernels, small.kernels + 100) << test::details(large);
  EXPECT_LE(large.waits, small.waits) << test::details(large);
}
