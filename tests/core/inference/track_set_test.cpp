#include "inference/track_set.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>

#include "core/inference/tracks_and_frames.h"
#include "inference/spool.h"

using namespace clipwork;
using test::link;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

using Classes = TracksSection::Classes;
using Rows = std::vector<std::vector<double>>;

Tensor table(const Rows& rows) {
  std::vector<Tensor> all;
  for (const std::vector<double>& row : rows) all.push_back(at::tensor(row, at::kFloat));
  return at::stack(all);
}

/// A window with these class scores, one row a track: row r is track r unless `links` says
/// otherwise.
Tracked window(const Rows& scores, std::vector<Link> links = {},
               ScoreForm form = ScoreForm::probability) {
  Tracked tracked;
  tracked.prediction.class_scores = table(scores).unsqueeze(0);
  tracked.prediction.form = form;
  if (links.empty()) {
    for (int row = 0; row < static_cast<int>(scores.size()); ++row) links.push_back(link(row, row));
  }
  tracked.links = std::move(links);
  return tracked;
}

TracksSection section_of(Classes classes) {
  TracksSection section;
  section.classes = classes;
  return section;
}

/// "track/category" of each row.
std::vector<std::string> names(const std::vector<ResultRow>& rows) {
  std::vector<std::string> all;
  for (const ResultRow& row : rows)
    all.push_back(std::to_string(row.track) + "/" + std::to_string(row.category));
  return all;
}

std::vector<double> joined(const TrackSet& tracks, int64_t row) {
  Tensor scores = tracks.joined_scores()[row].to(at::kDouble).contiguous();
  return {scores.const_data_ptr<double>(), scores.const_data_ptr<double>() + scores.numel()};
}

}  // namespace

TEST(ClassProbabilities, FollowTheFormOfTheScores) {
  // exp(0) : exp(ln 3) : exp(0), of which the last is "none".
  Tensor softmax = class_probabilities(table({{0, std::log(3.0), 0}}), ScoreForm::softmax);
  EXPECT_EQ(softmax.sizes(), (at::IntArrayRef{1, 2}));
  EXPECT_NEAR(softmax[0][1].item<double>(), 0.6, 1e-6);
  Tensor sigmoid = class_probabilities(table({{0, std::log(3.0)}}), ScoreForm::sigmoid);
  EXPECT_NEAR(sigmoid[0][1].item<double>(), 0.75, 1e-6);
  Tensor given = table({{0.25, 0.5}});
  EXPECT_TRUE(class_probabilities(given, ScoreForm::probability).equal(given));
}

TEST(TrackSet, JoinsScoresOfWindowsByTheRule) {
  const std::map<Classes, std::vector<double>> expected = {
      {Classes::mean_probs, {0.5, 0.25}},
      {Classes::max_probs, {0.75, 0.5}},
      {Classes::last, {0.25, 0.5}},
  };
  for (const auto& [classes, scores] : expected) {
    TrackSet tracks(section_of(classes), 2);
    tracks.add_window(window({{0.75, 0}}), 0);
    tracks.add_window(window({{0.5, 0.25}}), 1);
    tracks.add_window(window({{0.25, 0.5}}), 2);
    EXPECT_EQ(joined(tracks, 0), scores) << static_cast<int>(classes);
  }
}

TEST(TrackSet, AveragesLogitsBeforeTheyBecomeProbabilities) {
  TrackSet tracks(section_of(Classes::mean_logits), 2);
  tracks.add_window(window({{4, 0, 1}}, {}, ScoreForm::softmax), 0);
  tracks.add_window(window({{-2, 0, 1}}, {}, ScoreForm::softmax), 1);
  EXPECT_EQ(joined(tracks, 0), (std::vector<double>{1, 0, 1}));
  std::vector<ResultRow> rows = tracks.ranking();
  ASSERT_THAT(names(rows), ElementsAre("0/0", "0/1"));
  const double sum = 2 * std::exp(1.0) + 1;
  EXPECT_NEAR(rows[0].score, std::exp(1.0) / sum, 1e-6);
  EXPECT_NEAR(rows[1].score, 1 / sum, 1e-6);
}

TEST(TrackSet, CountsWindowsWithoutATrackAsTheSectionSays) {
  for (auto [absent, expected] : {std::pair(TracksSection::Absent::skip, 0.5),
                                  std::pair(TracksSection::Absent::zero, 0.25)}) {
    TracksSection section = section_of(Classes::mean_probs);
    section.absent = absent;
    TrackSet tracks(section, 1);
    tracks.add_window(window({{1}, {0.5}}), 0);
    tracks.add_window(window({{1}}), 1);
    EXPECT_THAT(joined(tracks, 1), ElementsAre(expected));
  }
}

TEST(TrackSet, TakesTheLastOfTwoRowsOfOneTrack) {
  TrackSet tracks(section_of(Classes::mean_probs), 1);
  tracks.add_window(window({{0.25}, {0.75}, {1}}, {link(0, 3), link(1, 3), link(2, -1)}), 0);
  EXPECT_EQ(tracks.joined_scores().size(0), 1);
  EXPECT_THAT(joined(tracks, 0), ElementsAre(0.75));
}

TEST(TrackSet, LetsTracksBeBornInTheFirstWindowThatDrawsThem) {
  TrackSet tracks(section_of(Classes::mean_probs), 1);
  tracks.add_window(window({{1}, {1}}, {link(0, 0), {.row = 1, .track = 1, .drawn = false}}), 4);
  EXPECT_EQ(tracks.tracks().at(0).birth, 4);
  EXPECT_EQ(tracks.tracks().at(1).birth, Track::kUnborn);
  tracks.add_window(window({{1}, {1}}), 6);
  EXPECT_EQ(tracks.tracks().at(0).birth, 4);
  EXPECT_EQ(tracks.tracks().at(1).birth, 6);
}

TEST(TrackSet, RanksPairsOfTracksAndClassesBestFirst) {
  TracksSection section = section_of(Classes::mean_probs);
  section.top_k = 3;
  TrackSet tracks(section, 2);
  tracks.add_window(window({{0.5, 0.125}, {0.75, 0.625}, {0.25, 0}}), 0);
  EXPECT_THAT(names(tracks.ranking()), ElementsAre("1/0", "1/1", "0/0"));
  EXPECT_THAT(tracks.ranked_tracks(), ElementsAre(0, 1));
}

TEST(TrackSet, RanksTracksWithTheirBestClassWhereTheSectionSaysSo) {
  TracksSection section = section_of(Classes::mean_probs);
  section.top_k = 2;
  section.top_k_over = TracksSection::TopKOver::rows;
  TrackSet tracks(section, 2);
  tracks.add_window(window({{0.5, 0.125}, {0.75, 0.625}, {0, 0.25}}), 0);
  EXPECT_THAT(names(tracks.ranking()), ElementsAre("1/0", "0/0"));
  EXPECT_THAT(tracks.best(3), ElementsAre(0, 1, 2));
  EXPECT_THAT(tracks.best(1), ElementsAre(1));
}

TEST(TrackSet, RanksEqualScoresByTrackAndClass) {
  TrackSet tracks(section_of(Classes::mean_probs), 2);
  tracks.add_window(window({{0.5, 0.5}, {0.5, 0.75}}), 0);
  EXPECT_THAT(names(tracks.ranking()), ElementsAre("1/1", "0/0", "0/1", "1/0"));
}

TEST(TrackSet, NeverRanksTheColumnOfNone) {
  TrackSet tracks(section_of(Classes::mean_probs), 2);
  tracks.add_window(window({{0.25, 0.5, 1}}), 0);
  EXPECT_THAT(names(tracks.ranking()), ElementsAre("0/1", "0/0"));
}

TEST(TrackSet, MultipliesScoresWithTheMeanQualityOfThePixelsThatAreOn) {
  TracksSection section = section_of(Classes::mean_probs);
  section.quality = Quality::output;
  TrackSet tracks(section, 1);
  tracks.add_window(window({{0.5}, {1}}), 0);
  auto sums = [](const Rows& rows) { return table(rows).to(at::kDouble); };
  tracks.add_quality({0, 1}, sums({{30, 40}, {1, 2}}));
  tracks.add_quality({0}, sums({{60, 60}}));
  std::vector<ResultRow> rows = tracks.ranking();
  // The order is that of class scores alone.
  ASSERT_THAT(names(rows), ElementsAre("1/0", "0/0"));
  EXPECT_THAT(rows[0].score, DoubleNear(0.5, 1e-6));
  EXPECT_THAT(rows[1].score, DoubleNear(0.5 * 90 / 100, 1e-6));
  EXPECT_EQ(rows[1].class_score, 0.5);
}

TEST(TrackSet, ScoresATrackWithoutPixelsZero) {
  TracksSection section = section_of(Classes::mean_probs);
  section.quality = Quality::output;
  TrackSet tracks(section, 1);
  tracks.add_window(window({{0.5}}), 0);
  EXPECT_EQ(tracks.ranking().at(0).score, 0);
}

TEST(TrackSet, LeavesOutRowsBelowTheLeastScore) {
  TracksSection section = section_of(Classes::mean_probs);
  section.min_score = 0.5;
  TrackSet tracks(section, 2);
  tracks.add_window(window({{0.5, 0.25}, {0.75, 0}}), 0);
  EXPECT_THAT(names(tracks.ranking()), ElementsAre("1/0", "0/0"));
  EXPECT_THAT(tracks.ranked_tracks(), ElementsAre(0, 1));
}

TEST(TrackSet, RanksByTheScoresThatAListenerPutInTheirPlace) {
  TrackSet tracks(section_of(Classes::mean_probs), 2);
  tracks.add_window(window({{0.75, 0.5}}), 0);
  tracks.replace_scores(table({{0.125, 0.25}}));
  EXPECT_THAT(names(tracks.ranking()), ElementsAre("0/1", "0/0"));
  EXPECT_EQ(tracks.ranking()[0].class_score, 0.25);
}

TEST(TrackSet, IsEmptyBeforeTheFirstWindow) {
  TrackSet tracks(section_of(Classes::mean_logits), 3);
  EXPECT_EQ(tracks.joined_scores().sizes(), (at::IntArrayRef{0, 3}));
  EXPECT_THAT(tracks.ranking(), IsEmpty());
  EXPECT_THAT(tracks.best(5), IsEmpty());
}

TEST(TrackSet, ForgetsEndedTracksAsSoonAsTheyDoNotRank) {
  TracksSection section = section_of(Classes::mean_probs);
  section.top_k = 2;
  TrackSet tracks(section, 1);
  tracks.add_window(window({{0.5}, {0.25}, {0.125}}), 0);
  // Track 1 still ranks, track 2 does not; track 0 is alive.
  tracks.forget_unranked({1, 2});
  EXPECT_EQ(tracks.tracks().count(1), 1U);
  EXPECT_EQ(tracks.tracks().count(2), 0U);
  EXPECT_EQ(tracks.joined_scores().size(0), 2);
  // A better one comes: track 1 is dropped although it is not named again.
  tracks.add_window(window({{0.5}, {0.75}}, {link(0, 0), link(1, 3)}), 1);
  tracks.forget_unranked({});
  EXPECT_EQ(tracks.tracks().count(1), 0U);
  EXPECT_THAT(names(tracks.ranking()), ElementsAre("3/0", "0/0"));
}

TEST(Result, FindsMasksByTrackAndFrame) {
  TrackSet tracks(section_of(Classes::mean_probs), 1);
  tracks.add_window(window({{1}}), 2);
  auto spool = std::make_shared<Spool>(1000);
  const MaskRle mask{{2, 3}, {1, 5}};
  tracks.add_mask(0, 4, spool->put(mask));
  Result result;
  result.frames = 7;
  result.size = {2, 3};
  result.tracks = tracks.tracks();
  result.spool = spool;
  EXPECT_FALSE(result.mask(0, 1)) << "before its birth";
  EXPECT_EQ(result.mask(0, 2), MaskRle::blank({2, 3})) << "born, but not seen";
  EXPECT_EQ(result.mask(0, 4), mask);
  EXPECT_EQ(result.mask(0, 6), MaskRle::blank({2, 3})) << "behind the last frame it was seen in";
  EXPECT_FALSE(result.mask(0, 7)) << "behind the video";
  EXPECT_FALSE(result.mask(1, 4)) << "another track";
  result.spool = nullptr;
  EXPECT_FALSE(result.mask(0, 4)) << "masks were not kept";
}

TEST(BestRowPerTrack, KeepsTheBestClassOfEachTrackAboveTheLeastScore) {
  const std::vector<ResultRow> rows = {
      {4, 0, 0.3, 0.3}, {2, 1, 0.5, 0.9}, {2, 0, 0.7, 0.7}, {9, 3, 0.1, 0.1}, {4, 2, 0.3, 0.4}};
  EXPECT_THAT(names(best_row_per_track(rows)), ElementsAre("2/0", "4/0", "9/3"));
  EXPECT_THAT(names(best_row_per_track(rows, 0.3)), ElementsAre("2/0", "4/0"));
  EXPECT_THAT(best_row_per_track({}), IsEmpty());
}
