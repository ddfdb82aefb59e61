// Two processes learn what one learns of both their samples.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/batch.h>
#include <clipwork/host/config.h>
#include <clipwork/host/learner.h>
#include <clipwork/host/optimizer.h>
#include <clipwork/host/processes.h>
#include <clipwork/host/registry.h>

#include <algorithm>

#include "processes.h"

using namespace clipwork;
using namespace clipwork::test;
using at::Tensor;

namespace {

/// The same points for every mask, so that it does not matter who draws them.
struct SamePoints : TapListener {
  bool wants(const std::string& name) override { return name.starts_with("draw."); }
  Tensor hear(const std::string&, Tensor value) override {
    const int64_t points = value.size(-2);
    Tensor places = at::arange(2 * points, at::kDouble) * 0.6180339887498949;
    return (places - places.floor()).to(at::kFloat).view({points, 2}).expand_as(value);
  }
};

/// A picture with as many objects.
Sample sample_of(uint64_t seed, int64_t objects) {
  constexpr int64_t kHeight = 64, kWidth = 96;
  Sample sample;
  sample.name = cat("picture ", seed);
  sample.frames = picture_by_rule(seed, 0, 1, kHeight, kWidth);
  sample.targets.labels = at::arange(objects, at::kLong) % 3;
  sample.targets.ids = at::arange(objects, at::kLong).unsqueeze(1);
  sample.targets.masks = at::zeros({objects, 1, kHeight, kWidth}, at::kBool);
  for (int64_t i = 0; i < objects; ++i) {
    sample.targets.masks[i][0]
        .slice(0, 5 * i, 30 + 8 * i)
        .slice(1, 20 * i, 20 * i + 25)
        .fill_(true);
  }
  return sample;
}

struct Learned {
  std::vector<CheckpointEntry> gradients;
  double loss = 0;
};

/// Gradients of these samples, averaged over processes.
Learned learn(const std::vector<Sample>& samples, Communicator& world) {
  use_built_plugins();
  Value tree = parse_config(R"(
window.length = 1
run.threads = 1
[classes]
names = ["a", "b", "c"]
[model]
backbone = {type = "resnet", depth = 18, stem_channels = 8, res2_channels = 8, width_per_group = 8}
pixel_decoder = {type = "msdeform", channels = 32, mask_channels = 32, layers = 1, heads = 2, feedforward = 16}
decoder = {type = "mask2former", queries = 6, channels = 32, heads = 2, layers = 2, feedforward = 16}
tracker = {type = "none"}
[loss]
type = "set"
points = 50
terms = {ce = {type = "class"}, mask = {type = "mask"}, dice = {type = "dice"}}
)")
                   .tree();
  const Pipeline pipeline = Pipeline::for_training(plan_pipeline(Config(tree, {})), WeightRule());
  Learner learner(pipeline);
  Batch batch = make_batch(samples, pipeline.preprocess(), 3);
  Generators random(0);
  SamePoints points;
  LossResult result = learner(batch, random, world, &points);
  result.total().backward();
  std::vector<TrainedParameter> parameters;
  for (const NamedParameter& one : learner.parameters()) {
    parameters.push_back({one.name, one.value, 1, 0});
  }
  average_gradients(parameters, world);
  Learned learned;
  learned.loss = world.mean(result.total().item<double>());
  for (const TrainedParameter& one : parameters) {
    if (one.value.grad().defined()) learned.gradients.push_back({one.name, one.value.grad()});
  }
  return learned;
}

}  // namespace

TEST(Process, DISABLED_Learns) {
  std::unique_ptr<Communicator> world = make_communicator();
  // Two objects on average, of which one has three.
  Learned learned = learn({world->rank() == 0 ? sample_of(1, 3) : sample_of(2, 1)}, *world);
  write_safetensors(log_file(), learned.gradients, {{"loss", std::to_string(learned.loss)}});
  world->barrier();
}

TEST(Processes, LearnWhatOneLearnsOfTheWholeBatch) {
  ScratchFolder scratch;
  const int port = free_port();
  pid_t first = start_process("Learns", 0, 2, port, scratch.path() / "0");
  pid_t second = start_process("Learns", 1, 2, port, scratch.path() / "1");
  ASSERT_EQ(exit_code(first), 0);
  ASSERT_EQ(exit_code(second), 0);
  Communicator alone;
  Learned whole = learn({sample_of(1, 3), sample_of(2, 1)}, alone);
  ASSERT_GT(whole.gradients.size(), 100u);
  // A bias in front of a norm of single channels has no gradient but what rounding leaves of sums.
  double largest = 0;
  for (const CheckpointEntry& entry : whole.gradients) {
    largest = std::max(largest, entry.value.abs().max().item<double>());
  }
  for (const char* rank : {"0", "1"}) {
    Checkpoint learned = read_checkpoint(scratch.path() / rank);
    EXPECT_NEAR(std::stod(learned.metadata.at("loss")), whole.loss, 1e-5 * whole.loss);
    ASSERT_EQ(learned.tensors.size(), whole.gradients.size());
    for (const CheckpointEntry& entry : whole.gradients) {
      const Tensor* there = learned.find(entry.name);
      ASSERT_NE(there, nullptr) << entry.name;
      const double most = entry.value.abs().max().item<double>();
      EXPECT_LE((*there - entry.value).abs().max().item<double>(), 1e-4 * most + 1e-6 * largest)
          << entry.name << " of process " << rank;
    }
  }
}
