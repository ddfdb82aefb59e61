#include <c10/core/GradMode.h>
#include <clipwork/module.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

using namespace clipwork;

namespace {

/// Pages of this process that are in memory, bytes.
int64_t resident_bytes() {
  int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

struct Leaf : torch::nn::Module {
  explicit Leaf(int64_t size) { make_parameter(*this, "weight", {size}); }
};

struct Folded : torch::nn::Module, Op {
  bool packed = false;
  void prepare(const Inference& inference) override { packed = !inference.plain; }
};

std::vector<std::string> parameter_names(const torch::nn::Module& module) {
  std::vector<std::string> names;
  for (const auto& parameter : module.named_parameters()) names.push_back(parameter.key());
  return names;
}

}  // namespace

TEST(AddChild, MakesTheModulesOnTheWayAndSharesThem) {
  torch::nn::Module root;
  make_child<Leaf>(root, "stem.conv1", 2);
  make_child<Leaf>(root, "stem.conv1.norm", 3);
  make_child<Leaf>(root, "head", 1);
  EXPECT_EQ(
      parameter_names(root),
      (std::vector<std::string>{"stem.conv1.weight", "stem.conv1.norm.weight", "head.weight"}));
}

TEST(MakeParameter, IsZeroAndTakesPartInTrainingWhileABufferDoesNot) {
  torch::nn::Module root;
  Tensor weight = make_parameter(root, "weight", {2, 3});
  Tensor mean = make_buffer(root, "running_var", {4}, 1.5);
  EXPECT_TRUE(weight.requires_grad());
  EXPECT_EQ(weight.sizes(), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(weight.abs().sum().item<float>(), 0);
  EXPECT_FALSE(mean.requires_grad());
  EXPECT_EQ(mean.sum().item<float>(), 6);
  EXPECT_EQ(root.named_buffers().size(), 1u);
}

TEST(PrepareOps, ReachesEveryOpHoweverDeepAndTakesThePackedFormAwayAgain) {
  Folded root;
  auto deep = make_child<Folded>(root, "layers.0.conv");
  prepare_ops(root, {});
  EXPECT_TRUE(root.packed);
  EXPECT_TRUE(deep->packed);
  prepare_ops(root, {.plain = true});
  EXPECT_FALSE(deep->packed);
}

TEST(MakeParameter, TakesMemoryWhereItIsWritten) {
  torch::nn::Module module;
  const int64_t before = resident_bytes(), megabytes = 1 << 20;
  const Tensor weight = make_parameter(module, "weight", {256, 1 << 20});
  EXPECT_LT(resident_bytes() - before, 64 * megabytes);
  EXPECT_TRUE(weight.requires_grad());
  EXPECT_EQ(weight[255].abs().sum().item<float>(), 0);
  const c10::NoGradGuard no_gradient;
  weight[3].fill_(2);
  EXPECT_EQ(weight[3].sum().item<float>(), 2 << 20);
}
