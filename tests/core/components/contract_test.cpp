#include <clipwork/decoder.h>
#include <clipwork/source.h>
#include <clipwork/text.h>
#include <clipwork/tracker.h>
#include <gtest/gtest.h>

using namespace clipwork;

TEST(Contract, OfADecoderIsSaidInWords) {
  DecoderContract contract;
  contract.needs = {"embeddings", "map:res5"};
  contract.maps = {{"finest", 256, 4}};
  contract.rows = DecoderContract::Rows::varying;
  contract.min_window = contract.max_window = 1;
  contract.state = "the last embeddings";
  EXPECT_EQ(join(contract.sentences(), "\n"),
            "needs embeddings, map:res5\n"
            "provides the maps finest (256 channels, stride 4)\n"
            "accepts windows of 1 frame\n"
            "carries from window to window: the last embeddings\n"
            "rows vary from window to window");
}

TEST(Contract, OfATrackerIsSaidInWords) {
  TrackerContract contract;
  contract.defers = true;
  contract.max_window = 3;
  EXPECT_EQ(join(contract.sentences(), "\n"),
            "accepts windows of 1 to 3 frames\n"
            "carries nothing from window to window\n"
            "returns its windows only after the last one");
}

TEST(Contract, ProvidesWhatItsOtherMembersImply) {
  DecoderContract contract;
  contract.gives = {"masks"};
  EXPECT_EQ(join(contract.provided()), "masks, stateless, rows.fixed");
  contract.rows = DecoderContract::Rows::varying;
  contract.state = "queries";
  EXPECT_EQ(join(contract.provided()), "masks");
}

TEST(Given, FindsMapsByName) {
  Given given{{{"res4", 1024, 16}, {"res5", 2048, 32}}, 40};
  ASSERT_TRUE(given.find("res5"));
  EXPECT_EQ(given.find("res5")->channels, 2048);
  EXPECT_EQ(given.find("res3"), nullptr);
}

TEST(Component, OwnsNothingAndCarriesNothingUnlessItSaysSo) {
  struct Idle : Tracker {
    Tracked track(ClipPrediction prediction, const Window&, State&, Context&) override {
      return {0, std::move(prediction), {}, {}};
    }
  } tracker;
  EXPECT_EQ(tracker.weights(), nullptr);
  EXPECT_EQ(tracker.weight_names().prefix, "");
  std::unique_ptr<State> state = tracker.make_state(1);
  ASSERT_TRUE(state);
  Generators random(1);
  Communicator world;
  Context context{false, random, world};
  Tensors start;
  start.set("queries", {});
  EXPECT_EQ(tracker.propose(start, *state, context).entries.size(), 1U);
  EXPECT_TRUE(tracker.finish(*state, context).empty());
}

TEST(Source, KnowsNeitherLengthNorRateUnlessItSaysSo) {
  struct Empty : Source {
    std::optional<Frame> next() override { return {}; }
  } source;
  EXPECT_FALSE(source.count());
  EXPECT_EQ(source.rate(), 0);
  EXPECT_TRUE(source.remarks().empty());
}
