// The data set's own masks, their identities forgotten, linked again by the tracker `iou`.

#include "datasets/linking.h"

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
  const std::vector<AnnotatedTrack> truth = dataset->tracks(0);
  // As detections are linked, and as NOVIS' baseline does it, without a threshold.
  for (const Linking& linking :
       {by_overlap(), Linking{"NOVIS", table({{"type", "iou"}}), "seen"}}) {
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
  for (const int64_t every : {1, 2, 4, 8, 16}) {
    const Linked linked = measure_linking(*dataset, data(), 1, every, by_overlap());
    std::cout << "every " << every << ": AP " << linked.precision << ", switches "
              << linked.switches << ", AssA " << linked.association << "\n";
  }
}
