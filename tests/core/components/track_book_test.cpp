#include <ATen/ops/tensor.h>
#include <clipwork/tap.h>
#include <clipwork/track_book.h>
#include <gtest/gtest.h>

#include <string>

#include "tap_recorder.h"

using namespace clipwork;
using clipwork::test::TapRecorder;

namespace {

using Ids = std::vector<int64_t>;

struct Seen : LiveTrack {
  int times = 0;
};

/// A window whose rows go to these places.
Ids see(TrackBook<Seen>& book, const Ids& places) {
  Ids ids;
  for (int64_t place : places) {
    Seen& track = book.see(place);
    ++track.times;
    ids.push_back(track.id);
  }
  return ids;
}

Tensor matrix(const std::vector<double>& values, int64_t columns) {
  return at::tensor(values, at::kFloat).view({-1, columns});
}

}  // namespace

TEST(TrackBook, NumbersTracksInTheOrderInWhichTheyBegin) {
  TrackBook<Seen> book;
  EXPECT_EQ(see(book, {-1, -1}), (Ids{0, 1}));
  EXPECT_TRUE(book.end_window(0).empty());
  EXPECT_EQ(see(book, {1, -1, 0}), (Ids{1, 2, 0}));
  EXPECT_EQ(book.live()[1].times, 2);
}

TEST(TrackBook, WaitsForLostTracksAsLongAsItIsToldAndNeverReusesTheirIds) {
  TrackBook<Seen> book;
  see(book, {-1, -1});
  EXPECT_EQ(book.end_window(1), Ids{});
  see(book, {1});
  EXPECT_EQ(book.end_window(1), Ids{});
  see(book, {1});
  EXPECT_EQ(book.end_window(1), Ids{0});
  EXPECT_EQ(book.live().size(), 1U);
  EXPECT_EQ(see(book, {0, -1}), (Ids{1, 2}));
}

TEST(TrackBook, CountsAgainFromTheWindowThatFoundATrackAgain) {
  TrackBook<Seen> book;
  see(book, {-1});
  EXPECT_TRUE(book.end_window(1).empty());
  EXPECT_TRUE(book.end_window(1).empty());
  see(book, {0});
  EXPECT_TRUE(book.end_window(1).empty());
  EXPECT_TRUE(book.end_window(1).empty());
  EXPECT_EQ(book.end_window(1), Ids{0});
}

TEST(TrackBook, LinksTheAssignedPairsThatAreAlikeEnough) {
  TrackBook<Seen> book;
  see(book, {-1, -1});
  Tensor cost = matrix({1, 2, 9, 2, 9, 9}, 3), likeness = matrix({0, 0.5, 0, 0.25, 0, 0}, 3);
  EXPECT_EQ(book.match(cost, AssignmentRule::least_cost, likeness, 0), (Ids{1, 0, -1}));
  EXPECT_EQ(book.match(cost, AssignmentRule::least_cost, likeness, 0.5), (Ids{-1, 0, -1}));
  EXPECT_EQ(book.match(cost, AssignmentRule::greedy, likeness, 0), (Ids{0, 1, -1}));
}

TEST(TrackBook, TellsListenersThePairedTracksByTheirIds) {
  TrackBook<Seen> book;
  see(book, {-1, -1});
  book.end_window(0);
  see(book, {1});
  EXPECT_EQ(book.end_window(0), Ids{0});
  TapRecorder recorder;
  TapScope scope(&recorder);
  book.match(matrix({2, 1}, 2), AssignmentRule::least_cost, matrix({1, 1}, 2), 0);
  EXPECT_EQ(recorder.heard.at("match.2.rows").item<int64_t>(), 1);
  EXPECT_EQ(recorder.heard.at("match.2.cols").item<int64_t>(), 1);
}
