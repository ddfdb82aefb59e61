// One training step (forward, losses, backward, clipping, AdamW) of a tiny model, one thread,
// beside the yardstick in the same run: user CPU time, the smallest of several.
//
//   training_benchmark CONFIG [FRAMES] [STEPS]
//
// CONFIG names a model and a [loss]. Two clips of 64 x 64 pixels, three objects and one.

#include <ATen/Parallel.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/host/clock.h>
#include <clipwork/host/config.h>
#include <clipwork/host/learner.h>
#include <clipwork/host/optimizer.h>
#include <clipwork/host/registry.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "measure/yardstick.h"

using namespace clipwork;

namespace {

template <class Call>
double seconds_of(Call call) {
  double start = user_cpu_seconds();
  call();
  return user_cpu_seconds() - start;
}

/// Objects that cover bands of the picture.
Sample clip(uint64_t seed, int64_t frames, int64_t objects) {
  constexpr int64_t kSide = 64;
  Sample sample;
  sample.frames = picture_by_rule(seed, 0, frames, kSide, kSide);
  sample.targets.labels = at::zeros({objects}, at::kLong);
  sample.targets.ids = at::zeros({objects, frames}, at::kLong);
  sample.targets.masks = at::zeros({objects, frames, kSide, kSide}, at::kBool);
  for (int64_t i = 0; i < objects; ++i) {
    sample.targets.ids[i].fill_(i);
    sample.targets.masks[i].narrow(1, i * kSide / objects, kSide / objects / 2 + 1).fill_(true);
  }
  return sample;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: training_benchmark CONFIG [FRAMES] [STEPS]\n");
    return 2;
  }
  int64_t frames = argc > 2 ? std::atoi(argv[2]) : 1, steps = argc > 3 ? std::atoi(argv[3]) : 20;
  try {
    at::set_num_threads(1);
    Registry::instance().load_search_path({});
    const Pipeline pipeline =
        Pipeline::for_training(plan_pipeline(load_config(argv[1])), WeightRule());
    Learner learner(pipeline);
    std::vector<Component*> components;
    for (const PipelineComponent& part : pipeline.components()) {
      components.push_back(part.component.get());
    }
    const OptimizerSection& section = pipeline.training().optimizer;
    AdamW optimizer(group_parameters(components, section), section);
    Batch batch = make_batch({clip(1, frames, 3), clip(2, frames, 1)}, pipeline.preprocess(),
                             pipeline.classes().count());
    Generators random(0);
    Communicator world;
    runs::Yardstick yardstick;
    double step_seconds = 1e9, unit_seconds = 1e9;
    for (int64_t step = 0; step < steps; ++step) {
      step_seconds = std::min(step_seconds, seconds_of([&] {
                                optimizer.clear_gradients();
                                learner(batch, random, world).total().backward();
                                double norm = gradient_norm(optimizer.parameters());
                                clip_gradients(optimizer.parameters(), norm, section.clip_norm);
                                optimizer.step();
                              }));
      unit_seconds = std::min(unit_seconds, seconds_of([&] {
                                c10::InferenceMode inference;
                                yardstick.run();
                              }));
    }
    std::printf("step %.4f s, Y %.4f s, step / Y = %.3f\n", step_seconds, unit_seconds,
                step_seconds / unit_seconds);
  } catch (const Error& error) {
    std::fprintf(stderr, "training_benchmark: %s\n", error.what());
    return static_cast<int>(error.code());
  }
  return 0;
}
