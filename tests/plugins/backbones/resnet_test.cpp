// ResNets as torchvision and detectron2 define them.

#include <clipwork/backbone.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/plan.h>

#include <map>

#include "core/inference/planning.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

using Shape = std::vector<int64_t>;

/// The parameters of a ResNet under torchvision's names.
std::map<std::string, Shape> shapes(std::vector<std::pair<std::string, Value>> parameters) {
  Registry::instance().load(build_dir() / "plugins/resnet.so");
  Value table = Value::table();
  table.set("names", "torchvision");
  for (auto& [name, value] : parameters) table.set(name, value);
  Faults faults;
  Describer describer(&table, "model.backbone", faults);
  const ComponentInfo& resnet = Registry::instance().find("backbone", "resnet");
  auto values = resnet.describe(describer);
  describer.finish();
  faults.raise();
  resnet.contract(values.get(), {});
  const auto backbone = std::dynamic_pointer_cast<Backbone>(resnet.make(values.get(), {}));
  std::map<std::string, Shape> found;
  for (const NamedParameter& one : named_parameters(*backbone)) {
    found[one.name] = one.value.sizes().vec();
  }
  return found;
}

/// Numbers in convolutions, and in weights and biases of norms.
int64_t count(const std::map<std::string, Shape>& all) {
  int64_t sum = 0;
  for (const auto& [name, shape] : all) {
    if (name.find("running") != name.npos || name.find("num_batches") != name.npos) continue;
    int64_t numbers = 1;
    for (const int64_t side : shape) numbers *= side;
    sum += numbers;
  }
  return sum;
}

Value integer(int64_t value) { return Value(value); }

}  // namespace

// Numbers of torchvision's models without their last layer.
TEST(ResNet, HasTorchvisionsParametersAtEveryDepth) {
  EXPECT_EQ(count(shapes({{"depth", integer(18)}})), 11'176'512);
  EXPECT_EQ(count(shapes({{"depth", integer(34)}})), 21'284'672);
  EXPECT_EQ(count(shapes({{"depth", integer(50)}})), 23'508'032);
  EXPECT_EQ(count(shapes({{"depth", integer(101)}})), 42'500'160);
}

TEST(ResNet, OfGroupsIsResNeXt) {
  EXPECT_EQ(count(shapes({{"depth", integer(50)}, {"groups", integer(32)}})), 22'979'904);
  EXPECT_EQ(count(shapes({{"depth", integer(101)}, {"groups", integer(32)}})), 86'742'336);
  EXPECT_EQ(count(shapes({{"depth", integer(101)}, {"groups", integer(64)}})), 81'406'272);
}

TEST(ResNet, OfBasicBlocksHasTheirShapes) {
  const auto all = shapes({{"depth", integer(18)}});
  EXPECT_EQ(all.at("backbone.conv1.weight"), (Shape{64, 3, 7, 7}));
  EXPECT_EQ(all.at("backbone.layer1.0.conv1.weight"), (Shape{64, 64, 3, 3}));
  EXPECT_EQ(all.at("backbone.layer1.1.bn2.weight"), (Shape{64}));
  EXPECT_FALSE(all.contains("backbone.layer1.0.downsample.0.weight"));
  EXPECT_EQ(all.at("backbone.layer2.0.downsample.0.weight"), (Shape{128, 64, 1, 1}));
  EXPECT_EQ(all.at("backbone.layer4.1.conv2.weight"), (Shape{512, 512, 3, 3}));
  EXPECT_FALSE(all.contains("backbone.layer1.0.conv3.weight"));
  EXPECT_FALSE(all.contains("backbone.layer1.2.conv1.weight"));
}

TEST(ResNet, TakesTheWidthThatIsGiven) {
  const auto all = shapes({{"depth", integer(18)}, {"res2_channels", integer(256)}});
  EXPECT_EQ(all.at("backbone.layer1.0.conv1.weight"), (Shape{256, 64, 3, 3}));
  EXPECT_EQ(shapes({{"groups", integer(32)}, {"width_per_group", integer(2)}})
                .at("backbone.layer1.0.conv2.weight"),
            (Shape{64, 2, 3, 3}));
}

TEST(ResNet, WritesTheWidthsThatFollowIntoAResolvedConfig) {
  auto resolved = [](const std::vector<Override>& changes) {
    return plan_pipeline(changed("minvis/ytvis2019_r50.toml", changes)).resolved;
  };
  EXPECT_EQ(*resolved({"model.backbone.depth=18"}).find("model.backbone.res2_channels"),
            integer(64));
  EXPECT_EQ(*resolved({}).find("model.backbone.res2_channels"), integer(256));
  const Config again = resolved({"model.backbone.depth=34"});
  EXPECT_TRUE(differences(plan_pipeline(again).resolved, again).empty());
}
