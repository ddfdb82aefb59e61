#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/tap.h>
#include <clipwork/testing/tracker.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "support.h"
#include "tap_recorder.h"

using namespace clipwork;
using test::TapRecorder;
using test::toml;
using test::TrackerHarness;
using test::tracks_of;

namespace {

using Ids = std::vector<int64_t>;

[[maybe_unused]] const bool kReady = [] {
  test::use_built_plugins();
  Registry::instance().load_search_path();
  return true;
}();

/// Rows with these embeddings, and nothing else of note.
ClipPrediction embedded(const Tensor& embeddings) {
  ClipPrediction prediction;
  prediction.class_scores = at::zeros({1, embeddings.size(0), 2});
  prediction.embeddings = embeddings.unsqueeze(0);
  return prediction;
}

ClipPrediction embedded(const std::vector<std::vector<double>>& rows) {
  std::vector<double> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  auto count = static_cast<int64_t>(rows.size());
  return embedded(at::tensor(flat, at::kFloat).view({count, -1}));
}

/// Rows drawn as texts, one text a frame: '#' where the mask is on. `classes` has a class a row
/// (of three, certain), or nothing.
ClipPrediction drawn(const std::vector<std::vector<std::string>>& rows, const Ids& classes = {}) {
  auto count = static_cast<int64_t>(rows.size());
  auto frames = count ? static_cast<int64_t>(rows[0].size()) : 1;
  auto width = count ? static_cast<int64_t>(rows[0][0].size()) : 4;
  Tensor masks = at::full({1, count, frames, 1, width}, -4, at::kFloat);
  for (int64_t r = 0; r < count; ++r) {
    for (int64_t t = 0; t < frames; ++t) {
      for (int64_t x = 0; x < width; ++x) {
        if (rows[r][t][x] == '#') masks[0][r][t][0][x] = 4;
      }
    }
  }
  ClipPrediction prediction;
  prediction.form = ScoreForm::probability;
  prediction.class_scores = at::zeros({1, count, 3});
  for (size_t r = 0; r < classes.size(); ++r) prediction.class_scores[0][r][classes[r]] = 1;
  Size size{1, width};
  prediction.masks = dense_masks(masks, std::vector<Geometry>(frames, {size, size, size}));
  return prediction;
}

}  // namespace

// ---- embedding

TEST(EmbeddingTracker, KeepsTheFirstWindowsOrderAsTracks) {
  TrackerHarness video("embedding");
  Tracked first = video.push(embedded({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}), 7);
  EXPECT_EQ(tracks_of(first), (Ids{0, 1, 2}));
  EXPECT_TRUE(first.links[2].fresh);
  EXPECT_EQ(first.first, 7);
  EXPECT_FALSE(video.push(embedded({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}), 8).links[2].fresh);
}

TEST(EmbeddingTracker, FollowsQueriesThatChangePlacesFromFrameToFrame) {
  TrackerHarness video("embedding");
  video.push(embedded({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}), 0);
  EXPECT_EQ(tracks_of(video.push(embedded({{0, 0, 1}, {1, 0, 0}, {0, 1, 0}}), 1)), (Ids{2, 0, 1}));
  EXPECT_EQ(tracks_of(video.push(embedded({{0, 1, 0}, {0, 0, 1}, {1, 0, 0}}), 2)), (Ids{1, 2, 0}));
}

TEST(EmbeddingTracker, ComparesDirectionsWithTheFrameBeforeAlone) {
  TrackerHarness video("embedding");
  video.push(embedded({{1, 0}, {0, 1}}), 0);
  // Both turn slowly and grow; against frame 0 the last window would look swapped.
  EXPECT_EQ(tracks_of(video.push(embedded({{9, 6}, {-6, 9}}), 1)), (Ids{0, 1}));
  EXPECT_EQ(tracks_of(video.push(embedded({{0.1, 1}, {-1, 0.1}}), 2)), (Ids{0, 1}));
}

TEST(EmbeddingTracker, MinimisesTheWholeCostOrTakesTheBestPairFirst) {
  // Track 0 is near row 0 and a little less near row 1; track 1 is near row 0 only.
  ClipPrediction before = embedded({{1, 0}, {0.8, 0.6}}),
                 now = embedded({{0.96, 0.28}, {0.8, -0.6}});
  TrackerHarness hungarian("embedding"), greedy("embedding", toml("assignment = \"greedy\""));
  hungarian.push(before, 0);
  greedy.push(before, 0);
  EXPECT_EQ(tracks_of(hungarian.push(now, 1)), (Ids{1, 0}));
  EXPECT_EQ(tracks_of(greedy.push(embedded({{0.99, 0.1}, {0.8, -0.6}}), 1)), (Ids{0, 1}));
}

TEST(EmbeddingTracker, BridgesAWindowInWhichARowIsLostWithABuffer) {
  ClipPrediction good = embedded({{1, 0, 0}, {0, 1, 0}});
  // One row points nowhere for a window and the other half way to it; then they change places.
  ClipPrediction lost = embedded({{0, 0, 1}, {0.5, 0.8, 0}});
  ClipPrediction back = embedded({{0.2, 1, 0.6}, {1, 0.2, -0.2}});
  TrackerHarness online("embedding"), buffered("embedding", toml("buffer = 3"));
  for (TrackerHarness* video : {&online, &buffered}) {
    video->push(good, 0);
    video->push(good, 1);
    EXPECT_EQ(tracks_of(video->push(lost, 2)), (Ids{0, 1}));
  }
  EXPECT_EQ(tracks_of(online.push(back, 3)), (Ids{0, 1}));
  EXPECT_EQ(tracks_of(buffered.push(back, 3)), (Ids{1, 0}));
}

TEST(EmbeddingTracker, AveragesTheLastBufferWindowsOrAll) {
  // Costs of one row that turns: window 3 is compared with the mean of those before.
  std::vector<std::vector<double>> path = {{1, 0}, {3, 3}, {0, 2}, {1, 1}};
  auto cost = [&](const Value& parameters) {
    TrackerHarness video("embedding", parameters);
    TapRecorder recorder;
    TapScope taps(&recorder);
    for (size_t t = 0; t < path.size(); ++t) {
      video.push(embedded({path[t]}), static_cast<int64_t>(t));
    }
    return recorder.heard.at("match.3.cost").item<double>();
  };
  auto expected = [](double x, double y) { return 1 - (x + y) / std::sqrt(2 * (x * x + y * y)); };
  EXPECT_NEAR(cost(toml("")), expected(0, 2), 1e-6);
  EXPECT_NEAR(cost(toml("buffer = 2")), expected(3, 5), 1e-6);
  EXPECT_NEAR(cost(toml("buffer = 0")), expected(4, 5), 1e-6);
  EXPECT_NEAR(cost(toml("buffer = 9")), expected(4, 5), 1e-6);
  double half = std::sqrt(0.5);
  EXPECT_NEAR(cost(toml("buffer = 0\nbuffer_average = \"unit\"")), expected(1 + half, 1 + half),
              1e-6);
}

TEST(EmbeddingTracker, ReportsCostAndMatchOfEveryWindowAndTakesAnotherCost) {
  TrackerHarness video("embedding");
  TapRecorder recorder;
  recorder.replaced["match.1.cost"] = at::eye(2);
  TapScope taps(&recorder);
  video.push(embedded({{1, 0}, {0, 1}}), 0);
  EXPECT_TRUE(recorder.heard.empty());
  EXPECT_EQ(tracks_of(video.push(embedded({{1, 0}, {0, 1}}), 1)), (Ids{1, 0}));
  EXPECT_TRUE(at::allclose(recorder.heard.at("match.1.cost"),
                           at::tensor({0.F, 1.F, 1.F, 0.F}).view({2, 2})));
  EXPECT_TRUE(at::equal(recorder.heard.at("match.1.rows"), at::tensor({0, 1}, at::kLong)));
  EXPECT_TRUE(at::equal(recorder.heard.at("match.1.cols"), at::tensor({1, 0}, at::kLong)));
}

TEST(EmbeddingTracker, RefusesEmbeddingsWithoutDirectionAndNamesThem) {
  for (double value : {0.0, std::numeric_limits<double>::quiet_NaN()}) {
    TrackerHarness video("embedding");
    video.push(embedded({{1, 0}, {0, 1}}), 0);
    try {
      video.push(embedded({{1, 0}, {value, 0}}), 1);
      ADD_FAILURE() << "it was taken";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("embedding of row 1"), std::string::npos)
          << error.what();
    }
  }
}

TEST(EmbeddingTracker, StartsTracksForDetectionsThatComeAndEndsTheLost) {
  TrackerHarness video("embedding", toml("min_similarity = 0.5\npatience = 1"));
  EXPECT_EQ(tracks_of(video.push(embedded({{1, 0}, {0, 1}}), 0)), (Ids{0, 1}));
  // Track 1 comes first, something new behind it, track 0 is away.
  Tracked second = video.push(embedded({{0.1, 1}, {-1, 0}}), 1);
  EXPECT_EQ(tracks_of(second), (Ids{1, 2}));
  EXPECT_FALSE(second.links[0].fresh);
  EXPECT_TRUE(second.links[1].fresh);
  EXPECT_TRUE(second.ended.empty());
  // Nothing at all, and then it was away too long.
  ClipPrediction nothing;
  nothing.class_scores = at::zeros({1, 0, 2});
  nothing.embeddings = at::zeros({1, 0, 2});
  EXPECT_EQ(video.push(nothing, 2).ended, (Ids{0}));
  EXPECT_EQ(tracks_of(video.push(embedded({{1, 0}}), 3)), (Ids{3}));
}

TEST(EmbeddingTracker, NeedsEmbeddingsOnly) {
  EXPECT_EQ(TrackerHarness("embedding").contract().needs, (std::vector<std::string>{"embeddings"}));
}

// ---- overlap_embedding

namespace {

/// Rows with these embeddings of the frames that are shared with the windows before and after;
/// `all` for the whole window.
ClipPrediction overlapping(const std::vector<std::vector<double>>& all,
                           const std::vector<std::vector<double>>& head,
                           const std::vector<std::vector<double>>& tail) {
  ClipPrediction prediction = embedded(all);
  if (!head.empty()) prediction.more.set("embeddings.head", embedded(head).embeddings);
  if (!tail.empty()) prediction.more.set("embeddings.tail", embedded(tail).embeddings);
  return prediction;
}

}  // namespace

TEST(OverlapEmbeddingTracker, LinksObjectsThatSwapPlacesBetweenTwoClips) {
  // The first axis is "on the left", the second "on the right". In clip 0 object A is mostly left
  // and B mostly right; at its end they swap, and clip 1 sees them mostly on the other side. What
  // both clips share are the frames in the middle of the swap, where the third axis tells A from B.
  ClipPrediction before =
      overlapping({{1, 0.2, 0.3}, {0.2, 1, -0.3}}, {}, {{0.6, 0.6, 0.8}, {0.6, 0.6, -0.8}});
  // Row 0 is B, row 1 is A.
  ClipPrediction after =
      overlapping({{1, 0.2, -0.3}, {0.2, 1, 0.3}}, {{0.6, 0.6, -0.8}, {0.6, 0.6, 0.8}}, {});
  TrackerHarness by_clips("embedding"), by_overlap("overlap_embedding");
  by_clips.push(before, 0, 4, 0, 2);
  by_overlap.push(before, 0, 4, 0, 2);
  EXPECT_EQ(tracks_of(by_clips.push(after, 2, 4, 2, 0)),
            (Ids{0, 1}));  // taken for what stood there
  EXPECT_EQ(tracks_of(by_overlap.push(after, 2, 4, 2, 0)), (Ids{1, 0}));  // followed
}

TEST(OverlapEmbeddingTracker, ComparesOrdinaryEmbeddingsWhereNoFramesAreShared) {
  TrackerHarness video("overlap_embedding");
  video.push(embedded({{1, 0}, {0, 1}}), 0, 3);
  EXPECT_EQ(tracks_of(video.push(embedded({{0, 1}, {1, 0}}), 3, 3)), (Ids{1, 0}));
}

TEST(OverlapEmbeddingTracker, AveragesTailsInItsBuffer) {
  TrackerHarness video("overlap_embedding", toml("buffer = 2"));
  TapRecorder recorder;
  TapScope taps(&recorder);
  video.push(overlapping({{9, 9}}, {}, {{1, 0}}), 0);
  video.push(overlapping({{9, 9}}, {{5, 5}}, {{0, 1}}), 1);
  video.push(overlapping({{9, 9}}, {{1, 1}}, {}), 2);
  EXPECT_NEAR(recorder.heard.at("match.2.cost").item<double>(), 0, 1e-6);
}

TEST(OverlapEmbeddingTracker, NeedsADecoderThatLooksAtSharedFrames) {
  std::vector<std::string> needs = TrackerHarness("overlap_embedding").contract().needs;
  EXPECT_EQ(needs, (std::vector<std::string>{"embeddings", "embeddings.head", "embeddings.tail"}));
}

// ---- iou

TEST(IouTracker, FollowsMasksThatChangePlaces) {
  TrackerHarness video("iou");
  EXPECT_EQ(tracks_of(video.push(drawn({{"##.."}, {"..##"}}), 0)), (Ids{0, 1}));
  Tracked second = video.push(drawn({{".###"}, {"##.."}}), 1);
  EXPECT_EQ(tracks_of(second), (Ids{1, 0}));
  EXPECT_FALSE(second.links[0].fresh);
}

TEST(IouTracker, AddsTheAgreementOfClassesWithItsWeight) {
  // Masks say row 0 is track 0, with 1/2 against 1/3; classes say the opposite.
  std::vector<std::vector<std::string>> before = {{"##.."}, {".##."}}, now = {{"#..."}, {"###."}};
  TapRecorder recorder;
  TapScope taps(&recorder);
  for (auto [weight, expected] :
       std::vector<std::pair<double, Ids>>{{0.0, {0, 1}}, {1.0, {1, 0}}}) {
    TrackerHarness video("iou", toml(cat("class_weight = ", weight)));
    video.push(drawn(before, {0, 1}), 0);
    EXPECT_EQ(tracks_of(video.push(drawn(now, {1, 0}), 1)), expected);
    double w = weight;
    Tensor cost = at::tensor({-0.5, -2 / 3.0 - w, 0 - w, -2 / 3.0}, at::kFloat).view({2, 2});
    EXPECT_TRUE(at::allclose(recorder.heard.at("match.1.cost"), cost))
        << recorder.heard.at("match.1.cost");
  }
}

TEST(IouTracker, ComparesTheVolumeOfAllFramesThatTwoWindowsShare) {
  TrackerHarness video("iou");
  TapRecorder recorder;
  TapScope taps(&recorder);
  // Frames 0, 1, 2, then 1, 2, 3; frames 0 and 3 must not count.
  video.push(drawn({{"####", "##..", "...."}}), 0, 3, 0, 2);
  video.push(drawn({{"#...", ".##.", "####"}}), 1, 3, 2, 0);
  EXPECT_NEAR(recorder.heard.at("match.1.cost").item<double>(), -1.0 / 4, 1e-6);
}

TEST(IouTracker, ComparesTheLastMaskWithTheFirstWhereWindowsShareNoFrame) {
  TapRecorder recorder;
  TapScope taps(&recorder);
  TrackerHarness apart("iou");
  apart.push(drawn({{"....", "##.."}}), 0, 2);
  apart.push(drawn({{"###.", "...#"}}), 2, 2);
  EXPECT_NEAR(recorder.heard.at("match.1.cost").item<double>(), -2.0 / 3, 1e-6);
  // The same on demand where they do share: frame 1 of the first with frame 1 as the second sees
  // it.
  TrackerHarness asked("iou", toml("compare = \"last\""));
  asked.push(drawn({{"####", "####", "##.."}}), 0, 3, 0, 2);
  asked.push(drawn({{"#...", "####", "####"}}), 1, 3, 2, 0);
  EXPECT_NEAR(recorder.heard.at("match.1.cost").item<double>(), -1.0 / 2, 1e-6);
}

TEST(IouTracker, GivesTwoEmptyMasksNoOverlap) {
  TrackerHarness video("iou");
  TapRecorder recorder;
  TapScope taps(&recorder);
  video.push(drawn({{"...."}}), 0);
  video.push(drawn({{"...."}}), 1);
  EXPECT_EQ(recorder.heard.at("match.1.cost").item<double>(), 0);
}

TEST(IouTracker, ComparesProbabilitiesWhereOverlapIsSoft) {
  TrackerHarness video("iou", toml("iou = \"soft\""));
  TapRecorder recorder;
  TapScope taps(&recorder);
  video.push(drawn({{"#."}}), 0);
  video.push(drawn({{"##"}}), 1);
  double on = 1 / (1 + std::exp(-4.0)), off = 1 - on;
  double both = on * on + off * on, either = on + off + 2 * on - both;
  EXPECT_NEAR(recorder.heard.at("match.1.cost").item<double>(), -both / either, 1e-6);
}

TEST(IouTracker, StartsATrackForEachRowThatOverlapsTooLittleAndEndsTheLost) {
  TrackerHarness video("iou", toml("min_iou = 0.3"));
  EXPECT_EQ(tracks_of(video.push(drawn({{"##..."}, {"...##"}}), 0)), (Ids{0, 1}));
  Tracked second = video.push(drawn({{"..#.."}, {"##..."}, {"....#"}}), 1);
  EXPECT_EQ(tracks_of(second), (Ids{2, 0, 1}));
  EXPECT_TRUE(second.links[0].fresh);
  EXPECT_FALSE(second.links[1].fresh);
  Tracked third = video.push(drawn({{"....#"}}), 2);
  EXPECT_EQ(tracks_of(third), (Ids{1}));
  EXPECT_EQ(third.ended, (Ids{0, 2}));
  // Its number is not used again.
  EXPECT_EQ(tracks_of(video.push(drawn({{"##..."}}), 3)), (Ids{3}));
}

TEST(IouTracker, WaitsForALostTrackAsLongAsItsPatience) {
  for (int64_t patience : {0, 1, 2}) {
    TrackerHarness video("iou", toml(cat("min_iou = 0.3\npatience = ", patience)));
    video.push(drawn({{"##.."}, {"..##"}}), 0);
    video.push(drawn({{"..##"}}), 1);
    EXPECT_TRUE(video.push(drawn({}), 2).links.empty());
    EXPECT_EQ(tracks_of(video.push(drawn({{"##.."}}), 3)), (Ids{patience < 2 ? 2 : 0})) << patience;
  }
}

TEST(IouTracker, LeavesUnsureRowsWithoutATrack) {
  TrackerHarness video("iou", toml("min_score = 0.5"));
  Tracked first = video.push(drawn({{"##.."}, {"..##"}}, {1}), 0);
  EXPECT_EQ(tracks_of(first), (Ids{0, -1}));
  EXPECT_FALSE(first.links[1].fresh);
  // A track that is there keeps an unsure row.
  EXPECT_EQ(tracks_of(video.push(drawn({{"##.."}}), 1)), (Ids{0}));
}

// ---- none

TEST(NoneTracker, MakesEveryRowItsOwnTrack) {
  TrackerHarness video("none");
  Tracked first = video.push(embedded({{1, 0}, {0, 1}}), 0, 3);
  EXPECT_EQ(tracks_of(first), (Ids{0, 1}));
  EXPECT_TRUE(first.links[0].fresh);
  Tracked carried = video.push(embedded({{0, 1}, {1, 0}}), 3, 3);
  EXPECT_EQ(tracks_of(carried), (Ids{0, 1}));
  EXPECT_FALSE(carried.links[0].fresh);
  EXPECT_THROW(video.push(embedded({{0, 1}}), 6, 3), Error);
  video.restart();
  EXPECT_EQ(tracks_of(video.push(embedded({{0, 1}}), 0)), (Ids{0}));
}

TEST(NoneTracker, TakesOneWindowUnlessRowsAreCarried) {
  EXPECT_TRUE(TrackerHarness("none").contract().one_window);
}

// ---- golden cases

namespace {

Tensor golden(const Checkpoint& file, const std::string& name) {
  const Tensor* found = file.find(name);
  EXPECT_NE(found, nullptr) << name;
  return found ? *found : Tensor();
}

void expect_golden(const Tensor& value, const Tensor& expected, const std::string& name) {
  EXPECT_EQ(value.sizes(), expected.sizes()) << name;
  if (expected.is_floating_point()) {
    double largest = std::max(1.0, expected.abs().max().item<double>());
    EXPECT_LE(value.sub(expected).abs().max().item<double>(), 2e-4 * largest) << name;
  } else {
    EXPECT_TRUE(at::equal(value, expected)) << name;
  }
}

}  // namespace

TEST(TrackersGolden, MatchAsThePublishedCodeOfMinVis) {
  CLIPWORK_NEEDS_SHARED("parity/minvis_match_unit");
  auto folder = test::shared_dir() / "parity/minvis_match_unit";
  Checkpoint inputs = read_checkpoint(folder / "inputs.safetensors"),
             outputs = read_checkpoint(folder / "outputs.safetensors");
  for (std::string part : {"contested", "noisy", "opposite", "permuted", "random_large",
                           "random_small", "scaled", "single"}) {
    TrackerHarness video("embedding");
    TapRecorder recorder;
    TapScope taps(&recorder);
    video.push(embedded(golden(inputs, part + ".target")), 0);
    video.push(embedded(golden(inputs, part + ".current")), 1);
    expect_golden(recorder.heard.at("match.1.cost"), golden(outputs, part + ".cost"),
                  part + ".cost");
    expect_golden(recorder.heard.at("match.1.rows"), golden(outputs, "match." + part + ".rows"),
                  part + ".rows");
    expect_golden(recorder.heard.at("match.1.cols"), golden(outputs, "match." + part + ".cols"),
                  part + ".cols");
  }
  TrackerHarness video("embedding");
  TapRecorder recorder;
  TapScope taps(&recorder);
  Tensor chain = golden(inputs, "chain.embeds");
  for (int64_t t = 0; t < chain.size(0); ++t) video.push(embedded(chain[t]), t);
  for (int64_t t = 1; t < chain.size(0); ++t) {
    expect_golden(recorder.heard.at(cat("match.", t, ".cols")),
                  golden(outputs, cat("match.chain.", t, ".cols")), cat("chain.", t));
  }
}

TEST(TrackersGolden, LinkWithBuffersAndGreedilyAsNovisSays) {
  CLIPWORK_NEEDS_SHARED("parity/novis_link_unit");
  auto folder = test::shared_dir() / "parity/novis_link_unit";
  Checkpoint inputs = read_checkpoint(folder / "inputs.safetensors"),
             outputs = read_checkpoint(folder / "outputs.safetensors");
  Tensor windows = golden(inputs, "plain.embeddings");
  const std::vector<std::pair<std::string, Value>> parts = {
      {"plain", toml("")},
      {"buffer_2", toml("buffer = 2")},
      {"buffer_4", toml("buffer = 4")},
      {"buffer_all", toml("buffer = 0")},
      {"buffer_4_unit", toml("buffer = 4\nbuffer_average = \"unit\"")},
      {"greedy", toml("assignment = \"greedy\"")},
  };
  for (const auto& [part, parameters] : parts) {
    TrackerHarness video("embedding", parameters);
    TapRecorder recorder;
    TapScope taps(&recorder);
    for (int64_t k = 0; k < windows.size(0); ++k) {
      video.push(embedded(windows[k]), k);
      if (k == 0) continue;
      if (const Tensor* cost = outputs.find(cat(part, ".", k, ".cost"))) {
        expect_golden(recorder.heard.at(cat("match.", k, ".cost")), *cost,
                      cat(part, ".", k, ".cost"));
      }
      expect_golden(recorder.heard.at(cat("match.", k, ".cols")),
                    golden(outputs, cat("match.", part, ".", k, ".cols")),
                    cat(part, ".", k, ".cols"));
    }
  }
}

TEST(TrackersGolden, LinkByMasksAndClassesAsNovisHeuristic) {
  CLIPWORK_NEEDS_SHARED("parity/novis_link_unit");
  auto folder = test::shared_dir() / "parity/novis_link_unit";
  Checkpoint inputs = read_checkpoint(folder / "inputs.safetensors"),
             outputs = read_checkpoint(folder / "outputs.safetensors");
  struct Part {
    std::string name;
    int length, stride, windows;
  };
  for (const Part& part : {Part{"two", 4, 2, 4}, Part{"many", 3, 1, 5}}) {
    TrackerHarness video("iou");
    TapRecorder recorder;
    TapScope taps(&recorder);
    int shared = part.length - part.stride;
    for (int k = 0; k < part.windows; ++k) {
      ClipPrediction prediction;
      prediction.class_scores = golden(inputs, cat(part.name, ".", k, ".pred_logits")).unsqueeze(0);
      Tensor masks = golden(inputs, cat(part.name, ".", k, ".pred_masks")).unsqueeze(0);
      prediction.masks = dense_masks(masks, std::vector<Geometry>(masks.size(2)));
      video.push(prediction, k * part.stride, masks.size(2), k > 0 ? shared : 0,
                 k + 1 < part.windows ? shared : 0);
      if (k == 0) continue;
      std::string name = cat(part.name, ".heuristic.", k);
      expect_golden(recorder.heard.at(cat("match.", k, ".cost")), golden(outputs, name + ".cost"),
                    name);
      expect_golden(recorder.heard.at(cat("match.", k, ".cols")),
                    golden(outputs, cat("match.", name, ".cols")), name);
    }
  }
}
