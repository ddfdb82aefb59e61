#include <clipwork/decoder.h>
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
