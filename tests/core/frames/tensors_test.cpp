#include <ATen/ops/full.h>
#include <clipwork/error.h>
#include <clipwork/features.h>
#include <clipwork/tensors.h>
#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;
using testing::HasSubstr;

namespace {

Tensor number(double value) { return at::full({1}, value, at::kFloat); }

/// A tensor that is made whenever it is asked for.
struct Elsewhere : StoredTensor {
  Tensor load() const override {
    ++loads;
    return number(9);
  }
  at::IntArrayRef sizes() const override {
    static const std::vector<int64_t> kSizes = {1};
    return kSizes;
  }
  mutable int loads = 0;
};

}  // namespace

TEST(Tensors, AreFoundByName) {
  Tensors tensors;
  tensors.set("queries", number(1));
  tensors.set("ids", number(2));
  EXPECT_EQ(tensors.at("ids").item<double>(), 2);
  EXPECT_EQ(tensors.find("queries")->item<double>(), 1);
  EXPECT_EQ(tensors.find("masks"), nullptr);
}

TEST(Tensors, NameThoseThatAreThereWhereOneIsMissing) {
  Tensors tensors;
  EXPECT_THAT(test::error_of([&] { tensors.at("ids"); }),
              testing::AllOf(HasSubstr("'ids'"), HasSubstr("none")));
  tensors.set("queries", number(1));
  tensors.set("masks", number(1));
  EXPECT_THAT(test::error_of([&] { tensors.at("ids"); }), HasSubstr("queries, masks"));
}

TEST(Tensors, ReplaceTheOneOfTheSameNameInItsPlace) {
  Tensors tensors;
  tensors.set("queries", number(1));
  tensors.set("ids", number(2));
  tensors.set("queries", number(3), Keep::bulk);
  ASSERT_EQ(tensors.entries.size(), 2U);
  EXPECT_EQ(tensors.entries[0].name, "queries");
  EXPECT_EQ(tensors.entries[0].keep, Keep::bulk);
  EXPECT_EQ(tensors.at("queries").item<double>(), 3);
}

TEST(Tensors, ThatLieElsewhereAreBroughtWhenTheyAreAskedFor) {
  auto stored = std::make_shared<Elsewhere>();
  Tensors tensors;
  tensors.entries.push_back({"tokens", {}, Keep::bulk, stored});
  TensorHandle handle = tensors.handle("tokens");
  EXPECT_EQ(handle.sizes(), (at::IntArrayRef{1}));
  EXPECT_EQ(stored->loads, 0);
  EXPECT_EQ(handle.get().item<double>(), 9);
  EXPECT_EQ(tensors.at("tokens").item<double>(), 9);
  EXPECT_EQ(stored->loads, 2);
  // What is set anew is here.
  tensors.set("tokens", number(4));
  EXPECT_EQ(tensors.at("tokens").item<double>(), 4);
  EXPECT_EQ(stored->loads, 2);
}

TEST(FrameFeatures, FindMapsByName) {
  FrameFeatures features;
  features.maps = {{"res4", 16, number(4)}, {"res5", 32, number(5)}};
  EXPECT_EQ(features.at("res5").stride, 32);
  EXPECT_EQ(features.find("res4")->value.item<double>(), 4);
  EXPECT_EQ(features.find("res3"), nullptr);
  EXPECT_THAT(test::error_of([&] { features.at("res3"); }),
              testing::AllOf(HasSubstr("'res3'"), HasSubstr("res4, res5")));
}
