// The data set's own masks, their identities forgotten, linked again by the tracker `iou`.

#include "linking.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

class DogsJump : public testing::Test {
 protected:
  static Value data() {
    return table({{"type", "davis"}, {"path", (shared_dir() / "data/davis").string()}});
  }
  static std::shared_ptr<Dataset> dogs() {
    return open("davis", {{"path", (shared_dir() / "data/davis").string()}});
  }
};

}  // namespace

TEST_F(DogsJump, IsLinkedAgainPerfectlyFrameByFrame) {
  CLIPWORK_NEEDS_SHARED("data/davis");
  const auto dataset = dogs();
  const VideoTracks truth = dataset->tracks(0);
  // As detections are linked, and as NOVIS' baseline does it, without a threshold.
  for (const Linking& linking :
       {by_overlap(), Linking{"NOVIS", table({{"type", "iou"}, {"compare", "last"}}), "seen"}}) {
    const Result result = link(*dataset, data(), 0, 1, linking);
    EXPECT_EQ(result.frames, 66);
    ASSERT_EQ(result.rows.size(), 3u) << linking.name;
    std::vector<bool> found(3);
    for (const ResultRow& row : result.rows) {
      for (size_t i = 0; i < 3; ++i) {
        bool same = true;
        for (int64_t t = 0; t < 66; ++t) {
          same = same && result.mask(row.track, t) == truth[i].masks[static_cast<size_t>(t)];
        }
        if (same) found[i] = true;
      }
      EXPECT_EQ(row.score, 1);
    }
    EXPECT_EQ(found, std::vector<bool>(3, true)) << linking.name;
  }
}

TEST_F(DogsJump, KeepsNoIdentityWhereNothingIsLinked) {
  CLIPWORK_NEEDS_SHARED("data/davis");
  // Row i is track i: the orders are really shuffled.
  const Linking none{"none", table({{"type", "embedding"}}), "all"};
  const Linked linked = measure_linking(*dogs(), data(), 1, 1, none);
  EXPECT_GT(linked.switches, 50);
  EXPECT_LT(linked.precision, 0.2);
}

TEST_F(DogsJump, IsLinkedWorseTheFurtherItsFramesLieApart) {
  CLIPWORK_NEEDS_SHARED("data/davis");
  const auto dataset = dogs();
  struct Figures {
    int64_t every, switches;
    double precision, association;
  };
  // As docs/datasets.md has them.
  for (const Figures& expected :
       {Figures{2, 0, 1, 1}, {4, 2, 0.556, 0.729}, {8, 4, 0.607, 0.594}, {16, 5, 0.489, 0.548}}) {
    const Linked linked = measure_linking(*dataset, data(), 1, expected.every, by_overlap());
    EXPECT_NEAR(linked.precision, expected.precision, 5e-4) << "every " << expected.every;
    EXPECT_NEAR(linked.association, expected.association, 5e-4) << "every " << expected.every;
    EXPECT_EQ(linked.switches, expected.switches) << "every " << expected.every;
  }
}
