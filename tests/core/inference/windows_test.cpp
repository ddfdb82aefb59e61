#include "inference/windows.h"

#include <gtest/gtest.h>

#include <vector>

using namespace clipwork;

namespace {

WindowSection section(std::optional<int64_t> length, std::optional<int64_t> stride = {},
                      WindowSection::Last last = WindowSection::Last::cut_short) {
  WindowSection section;
  section.length = length;
  section.stride = stride;
  section.last = last;
  return section;
}

struct Edges {
  std::vector<std::pair<int64_t, int64_t>> spans;  // first, end
  std::vector<std::pair<int, int>> shared;         // head, tail
  std::vector<int64_t> given_after;  // frames that were there when the window was given
  bool operator==(const Edges&) const = default;
};

Edges edges_of(const WindowSection& section, int64_t frames) {
  WindowEdges edges(section);
  Edges all;
  auto add = [&](const std::optional<WindowSpan>& span) {
    if (!span) return;
    all.spans.emplace_back(span->first, span->end);
    all.shared.emplace_back(span->head, span->tail);
    all.given_after.push_back(edges.frames());
  };
  for (int64_t t = 0; t < frames; ++t) add(edges.push());
  add(edges.finish());
  return all;
}

std::vector<std::pair<int64_t, int64_t>> spans_of(
    int64_t length, int64_t stride, int64_t frames,
    WindowSection::Last last = WindowSection::Last::cut_short) {
  return edges_of(section(length, stride, last), frames).spans;
}

using Spans = std::vector<std::pair<int64_t, int64_t>>;

}  // namespace

TEST(WindowEdges, StartEveryStrideUntilOneReachesTheLastFrame) {
  EXPECT_EQ(spans_of(4, 2, 9), (Spans{{0, 4}, {2, 6}, {4, 8}, {6, 9}}));
  EXPECT_EQ(spans_of(3, 1, 7), (Spans{{0, 3}, {1, 4}, {2, 5}, {3, 6}, {4, 7}}));
  EXPECT_EQ(spans_of(8, 7, 10), (Spans{{0, 8}, {7, 10}}));
  EXPECT_EQ(spans_of(5, 5, 12), (Spans{{0, 5}, {5, 10}, {10, 12}}));
  EXPECT_EQ(spans_of(4, 2, 3), (Spans{{0, 3}}));
  EXPECT_EQ(spans_of(1, 1, 3), (Spans{{0, 1}, {1, 2}, {2, 3}}));
}

TEST(WindowEdges, AVideoThatEndsWithAFullWindowGetsNoOther) {
  EXPECT_EQ(spans_of(4, 2, 8), (Spans{{0, 4}, {2, 6}, {4, 8}}));
  EXPECT_EQ(spans_of(3, 3, 6), (Spans{{0, 3}, {3, 6}}));
}

TEST(WindowEdges, OneWindowTakesTheWholeVideo) {
  EXPECT_EQ(edges_of(section({}), 5), (Edges{{{0, 5}}, {{0, 0}}, {5}}));
}

TEST(WindowEdges, ShiftMovesTheLastWindowBackToFullLength) {
  EXPECT_EQ(spans_of(4, 2, 9, WindowSection::Last::shift), (Spans{{0, 4}, {2, 6}, {4, 8}, {5, 9}}));
  EXPECT_EQ(spans_of(5, 5, 12, WindowSection::Last::shift), (Spans{{0, 5}, {5, 10}, {7, 12}}));
  EXPECT_EQ(spans_of(4, 2, 3, WindowSection::Last::shift), (Spans{{0, 3}}));
}

TEST(WindowEdges, HeadAndTailCountTheFramesSharedWithTheNeighbours) {
  Edges edges = edges_of(section(4, 2), 9);
  EXPECT_EQ(edges.shared, (std::vector<std::pair<int, int>>{{0, 2}, {2, 2}, {2, 2}, {2, 0}}));
  edges = edges_of(section(5, 5, WindowSection::Last::shift), 12);
  EXPECT_EQ(edges.shared, (std::vector<std::pair<int, int>>{{0, 0}, {0, 0}, {3, 0}}));
}

TEST(WindowEdges, AFullWindowIsGivenAsSoonAsItIsFull) {
  EXPECT_EQ(edges_of(section(4, 2), 9).given_after, (std::vector<int64_t>{4, 6, 8, 9}));
}

TEST(WindowEdges, AFrameIsSettledWhenTheNextWindowStartsBehindIt) {
  WindowEdges edges(section(4, 2));
  std::vector<int64_t> settled;
  for (int t = 0; t < 7; ++t) {
    edges.push();
    settled.push_back(edges.settled());
  }
  EXPECT_EQ(settled, (std::vector<int64_t>{0, 0, 0, 2, 2, 4, 4}));
  edges.finish();
  EXPECT_EQ(edges.settled(), 7);
}

TEST(WindowEdges, FramesThatAShiftedWindowMayReachAreStillNeeded) {
  WindowEdges plain(section(4, 4)), shifted(section(4, 4, WindowSection::Last::shift));
  for (int t = 0; t < 4; ++t) {
    plain.push();
    shifted.push();
  }
  EXPECT_EQ(plain.needed_from(), 4);
  // With one more frame the last window is frames 1 to 4.
  EXPECT_EQ(shifted.needed_from(), 1);
}
