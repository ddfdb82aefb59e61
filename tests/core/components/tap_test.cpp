#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <clipwork/tap.h>
#include <gmock/gmock.h>

#include <thread>

using namespace clipwork;
using testing::ElementsAre;

namespace {

Tensor number(double value) { return at::full({1}, value, at::kFloat); }
double value_of(const Tensor& tensor) { return tensor.item<double>(); }

/// Adds one to every tap, and notes its name. Listens to names with "queries" alone.
class AddOne : public TapListener {
 public:
  bool wants(const std::string& name) override {
    asked.push_back(name);
    return name.find("queries") != std::string::npos;
  }
  Tensor hear(const std::string& name, Tensor value) override {
    heard.push_back(name);
    places.push_back(tap_place());
    return value + 1;
  }
  std::vector<std::string> asked, heard;
  std::vector<TapPlace> places;
};

}  // namespace

TEST(Taps, LeaveTensorsAsTheyAreWhereNobodyListens) {
  Tensor value = number(3);
  EXPECT_TRUE(tap(value, "queries").is_same(value));
  EXPECT_FALSE(tap_made([]() -> Tensor { throw "it was made"; }, "queries").defined());
}

TEST(Taps, GoOnWithWhatTheListenerReturns) {
  AddOne listener;
  TapScope scope(&listener);
  EXPECT_EQ(value_of(tap(number(3), "layer.", 2, ".queries")), 4);
  EXPECT_EQ(value_of(tap_made([] { return number(5); }, "queries")), 6);
  EXPECT_THAT(listener.heard, ElementsAre("layer.2.queries", "queries"));
}

TEST(Taps, ThatTheListenerDoesNotWantAreNeitherHeardNorMade) {
  AddOne listener;
  TapScope scope(&listener);
  EXPECT_EQ(value_of(tap(number(3), "masks")), 3);
  EXPECT_FALSE(tap_made([]() -> Tensor { throw "it was made"; }, "masks").defined());
  EXPECT_THAT(listener.asked, ElementsAre("masks", "masks"));
  EXPECT_TRUE(listener.heard.empty());
}

TEST(Taps, TellWhereTheLoopIs) {
  AddOne listener;
  {
    TapScope frame(&listener, {.frame = 7});
    tap(number(0), "queries");
    TapScope window(&listener, {.window = 2});
    tap(number(0), "queries");
  }
  ASSERT_EQ(listener.places.size(), 2U);
  EXPECT_EQ(listener.places[0].frame, 7);
  EXPECT_EQ(listener.places[0].window, -1);
  EXPECT_EQ(listener.places[1].frame, -1);
  EXPECT_EQ(listener.places[1].window, 2);
  EXPECT_EQ(tap_place().frame, -1);
}

TEST(Taps, GoBackToTheOuterListenerWhenAScopeEnds) {
  AddOne outer, inner;
  TapScope scope(&outer);
  {
    TapScope nested(&inner);
    tap(number(0), "inner.queries");
    TapScope unheard(nullptr);
    tap(number(0), "unheard.queries");
  }
  tap(number(0), "outer.queries");
  EXPECT_THAT(inner.heard, ElementsAre("inner.queries"));
  EXPECT_THAT(outer.heard, ElementsAre("outer.queries"));
}

TEST(Taps, HavePrefixesThatNest) {
  AddOne listener;
  TapScope scope(&listener, {.window = 3});
  {
    TapPrefix layer("decoder.", 1, ".");
    {
      TapPrefix inner("self.");
      EXPECT_EQ(value_of(tap(number(1), "queries")), 2);
    }
    tap(number(0), "queries");
  }
  tap(number(0), "queries");
  EXPECT_THAT(listener.heard,
              ElementsAre("decoder.1.self.queries", "decoder.1.queries", "queries"));
  EXPECT_EQ(listener.places[0].window, 3);
}

TEST(Taps, BelongToOneThread) {
  AddOne listener;
  TapScope scope(&listener);
  std::thread([] { tap(number(0), "queries"); }).join();
  EXPECT_TRUE(listener.asked.empty());
}
