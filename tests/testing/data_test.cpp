#include <ATen/ops/full.h>
#include <clipwork/error.h>
#include <clipwork/testing/data.h>
#include <clipwork/testing/scene.h>
#include <gmock/gmock.h>

#include <atomic>

using namespace clipwork;
using namespace clipwork::test;
using ::testing::HasSubstr;

TEST(TensorsOf, ASampleHasItsFramesAndTargets) {
  const Tensors all = tensors_of(Scene({8, 8}, {{.x = 4, .y = 4}}).sample(0, 2));
  EXPECT_EQ(all.at("frames").size(0), 2);
  EXPECT_EQ(all.at("masks").sizes(), (std::vector<int64_t>{1, 2, 8, 8}));
  EXPECT_EQ(all.at("labels").numel(), 1);
}

TEST(DifferenceAmongThreads, FindsWhatDependsOnOtherCalls) {
  const auto one = [](double value) {
    Tensors made;
    made.set("value", at::full({1}, value));
    return made;
  };
  EXPECT_EQ(difference_among_threads([&] { return one(1); }), "");
  std::atomic<int> calls{0};
  EXPECT_THAT(difference_among_threads([&] { return one(calls++); }),
              HasSubstr("value: 1 of 1 entries differ"));
  std::atomic<int> more{0};
  EXPECT_THAT(difference_among_threads([&] {
                if (more++ > 0) throw Error("busy");
                return one(1);
              }),
              HasSubstr("thread 0: it threw: busy"));
}
