#include "core/loop_components.h"

#include <gtest/gtest.h>

#include <thread>

#include "core/inference/tracks_and_frames.h"
#include "result_text.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

/// Everything a user can see of a settled frame, to be compared byte for byte.
std::string text(const SettledFrame& frame) {
  std::string all = cat(frame.index, ":");
  for (const SettledFrame::Mask& mask : frame.masks)
    all += cat(" ", mask.track, "=", mask.mask.compressed());
  for (const ResultRow& row : frame.rows)
    all += cat(" (", row.track, ",", row.category, ",", row.score, ")");
  return all;
}

/// Area of a track's mask in a settled frame.
int64_t area(const SettledFrame& frame, int64_t track) {
  for (const SettledFrame::Mask& mask : frame.masks) {
    if (mask.track == track) return mask.mask.area();
  }
  return 0;
}

}  // namespace

TEST(Stream, GivesEveryWindowTheMemosOfItsFramesAndEncodesEachFrameOnce) {
  auto pipeline = loop_pipeline("[window]\nlength = 4\nstride = 2\n");
  Stream stream = pipeline->open();
  for (int t = 0; t < 9; ++t) stream.push(frame_of(10 + t));
  stream.finish();
  EXPECT_EQ(seen.encoded, 9);
  ASSERT_EQ(seen.decoded.size(), 4u);
  EXPECT_EQ(seen.decoded[1].frame_values, (std::vector<float>{12, 13, 14, 15}));
  EXPECT_EQ(seen.decoded[1].head, 2);
  EXPECT_EQ(seen.decoded[1].tail, 2);
  EXPECT_EQ(seen.decoded[3].frame_values, (std::vector<float>{16, 17, 18}));
  EXPECT_EQ(seen.decoded[3].tail, 0);
}

TEST(Stream, StartsEveryWindowFromTheQueriesThatTheTrackerProposes) {
  auto pipeline = loop_pipeline("[window]\nlength = 2\n");
  Stream stream = pipeline->open();
  for (int t = 0; t < 6; ++t) stream.push(frame_of(t));
  stream.finish();
  ASSERT_EQ(seen.decoded.size(), 3u);
  EXPECT_EQ(seen.decoded[0].start, 0);
  EXPECT_EQ(seen.decoded[2].start, 2);
}

TEST(Stream, TellsTheDecoderWhatTheTrackerSettledOnAfterEachWindow) {
  auto pipeline = loop_pipeline(
      "[window]\nlength = 2\n[model.decoder]\nobserves = true\noffsets = [-5, "
      "5]\n[model.tracker]\nswaps = true\n");
  Stream stream = pipeline->open();
  stream.push(frame_of(3));
  EXPECT_TRUE(seen.observed.empty());
  stream.push(frame_of(9));
  ASSERT_EQ(seen.observed.size(), 1u);
  // Padded size is 8x8; frame 0's value 3 - 5 is off, frame 1's 9 - 5 is on.
  EXPECT_EQ(seen.observed[0].pixels, (std::vector<int64_t>{0, 64}));
  EXPECT_EQ(seen.observed[0].ids, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(seen.observed[0].fresh, (std::vector<bool>{true, true}));
  stream.push(frame_of(1));
  stream.finish();
  ASSERT_EQ(seen.observed.size(), 2u);
  EXPECT_EQ(seen.observed[1].ids, (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(seen.observed[1].fresh, (std::vector<bool>{false, false}));
}

TEST(Stream, IsNotToldWhereTheDecoderDoesNotAsk) {
  auto pipeline = loop_pipeline("");
  Stream stream = pipeline->open();
  stream.push(frame_of(1));
  stream.finish();
  EXPECT_TRUE(seen.observed.empty());
}

TEST(Stream, AveragesTheMasksOfAFrameOverItsWindows) {
  // Frame 1 has value 1: window 0 says 1 - 4, window 1 says 1 + 6; the mean is above zero.
  auto pipeline =
      loop_pipeline("[window]\nlength = 2\nstride = 1\n[model.decoder]\noffsets = [-4, 6, -4]\n");
  Stream stream = pipeline->open();
  stream.push(frame_of(1));
  auto first = stream.push(frame_of(1));
  ASSERT_EQ(indices(first), (std::vector<int64_t>{0}));
  EXPECT_EQ(area(first[0], 1), 0);
  EXPECT_EQ(area(first[0], 2), 64);
  auto second = stream.push(frame_of(1));
  ASSERT_EQ(indices(second), (std::vector<int64_t>{1}));
  EXPECT_EQ(area(second[0], 1), 64);
}

TEST(Stream, AveragesInTrackOrderNotInRowOrder) {
  // In window 1 the rows change places, so what it says of track 1 are the opposite masks.
  auto pipeline = loop_pipeline(
      "[window]\nlength = 2\nstride = 1\n[model.decoder]\noffsets = [0, 6]\n[model.tracker]\nswaps "
      "= true\n");
  Stream stream = pipeline->open();
  for (int t = 0; t < 2; ++t) stream.push(frame_of(1));
  auto settled = stream.push(frame_of(1));
  ASSERT_EQ(settled.size(), 1u);
  // Track 1: (1 + -(1 + 6)) / 2 < 0.
  EXPECT_EQ(area(settled[0], 1), 0);
  EXPECT_EQ(area(settled[0], 2), 64);
}

TEST(Stream, AveragesProbabilitiesWhereTheConfigSaysSo) {
  // One window is very sure, two are unsure: in logits the sure one wins, in probabilities the two
  // do.
  const char* windows =
      "[window]\nlength = 3\nstride = 1\n[model.decoder]\noffsets = [9, -3, -3]\n";
  for (const char* blend : {"logits", "probs"}) {
    auto pipeline = loop_pipeline(cat(windows, "[tracks]\nblend = \"", blend, "\"\n"));
    Stream stream = pipeline->open();
    for (int t = 0; t < 4; ++t) stream.push(frame_of(1));
    auto settled = stream.push(frame_of(1));
    ASSERT_EQ(indices(settled), (std::vector<int64_t>{2})) << blend;
    EXPECT_EQ(area(settled[0], 1), blend == std::string("logits") ? 64 : 0) << blend;
  }
}

TEST(Stream, SettlesAFrameAsSoonAsNoLaterWindowCanChangeIt) {
  auto pipeline = loop_pipeline("[window]\nlength = 4\nstride = 2\n");
  Stream stream = pipeline->open();
  EXPECT_EQ(stream.latency(), 3);
  std::vector<std::vector<int64_t>> settled;
  for (int t = 0; t < 7; ++t) settled.push_back(indices(stream.push(frame_of(t))));
  EXPECT_EQ(settled, (std::vector<std::vector<int64_t>>{{}, {}, {}, {0, 1}, {}, {2, 3}, {}}));
  EXPECT_EQ(indices(stream.finish().settled), (std::vector<int64_t>{4, 5, 6}));
}

TEST(Stream, WhatWasGivenOutNeverChangesWithLaterFrames) {
  auto pipeline = loop_pipeline(
      "[window]\nlength = 3\nstride = 2\n[model.decoder]\noffsets = [1, -2, 3, -4]\n");
  auto emitted = [&](int frames) {
    Stream stream = pipeline->open();
    std::vector<std::string> all;
    for (int t = 0; t < frames; ++t) {
      for (const SettledFrame& frame : stream.push(frame_of(t % 3))) all.push_back(text(frame));
    }
    return all;
  };
  std::vector<std::string> longer = emitted(12);
  for (int frames = 1; frames < 12; ++frames) {
    std::vector<std::string> shorter = emitted(frames);
    ASSERT_LE(shorter.size(), longer.size());
    for (size_t i = 0; i < shorter.size(); ++i)
      EXPECT_EQ(shorter[i], longer[i]) << frames << " frames";
  }
  EXPECT_GT(longer.size(), 8u);
}

TEST(Stream, AShiftedLastWindowOnlyAddsTheFramesThatWereNotSettled) {
  auto pipeline = loop_pipeline(
      "[window]\nlength = 3\nstride = 3\nlast = \"shift\"\n[model.decoder]\noffsets = [0, -50]\n");
  Stream stream = pipeline->open();
  for (int t = 0; t < 3; ++t) stream.push(frame_of(5));
  EXPECT_TRUE(stream.push(frame_of(5)).empty());
  const auto [result, rest] = stream.finish();
  ASSERT_EQ(seen.decoded.size(), 2u);
  EXPECT_EQ(seen.decoded[1].first, 1);
  EXPECT_EQ(seen.decoded[1].head, 2);
  EXPECT_EQ(indices(rest), (std::vector<int64_t>{3}));
  EXPECT_EQ(result.mask(1, 2)->area(),
            64);  // settled by window 0, untouched by the offset of window 1
  EXPECT_EQ(result.mask(1, 3)->area(), 0);
}

TEST(Stream, ATrackerThatDefersSettlesNothingBeforeTheEnd) {
  const char* windows = "[window]\nlength = 2\nstride = 1\n[model.decoder]\noffsets = [1, -2, 3]\n";
  auto run = [&](bool defers) {
    auto pipeline =
        loop_pipeline(cat(windows, "[model.tracker]\ndefers = ", defers ? "true" : "false", "\n"));
    Stream stream = pipeline->open();
    size_t early = 0;
    for (int t = 0; t < 5; ++t) early += stream.push(frame_of(t)).size();
    const auto [result, rest] = stream.finish();
    EXPECT_EQ(early, defers ? 0u : 4u);
    EXPECT_EQ(early + rest.size(), 5u);
    EXPECT_EQ(stream.latency().has_value(), !defers);
    return text(result);
  };
  EXPECT_EQ(run(true), run(false));
}

TEST(Stream, TwoStreamsPushedInTurnEqualOneAfterTheOther) {
  auto pipeline = loop_pipeline(
      "[window]\nlength = 3\nstride = 2\n[model.decoder]\noffsets = [-2.5, -2.5, -2.5]\n");
  auto alone = [&](int base) {
    Stream stream = pipeline->open();
    for (int t = 0; t < 7; ++t) stream.push(frame_of(base + t % 4));
    return text(stream.finish().result);
  };
  std::string a = alone(0), b = alone(2);
  Stream first = pipeline->open(), second = pipeline->open();
  for (int t = 0; t < 7; ++t) {
    first.push(frame_of(t % 4));
    second.push(frame_of(2 + t % 4));
  }
  EXPECT_EQ(text(first.finish().result), a);
  EXPECT_EQ(text(second.finish().result), b);
  EXPECT_NE(a, b);
}

TEST(Stream, ATrackHasNoMaskBeforeItsBirthAndAnEmptyOneWhereItIsUnseen) {
  auto pipeline = loop_pipeline("[window]\nlength = 2\n[model.tracker]\nsecond_born = 1\n");
  Stream stream = pipeline->open();
  for (int t = 0; t < 4; ++t) stream.push(frame_of(1));
  Result result = stream.finish().result;
  EXPECT_EQ(result.tracks.at(2).birth, 2);
  EXPECT_FALSE(result.mask(2, 1).has_value());
  ASSERT_TRUE(result.mask(2, 2).has_value());
  EXPECT_TRUE(result.mask(2, 2)->empty());
}

TEST(Stream, ForgetsMasksWhereTheConfigSaysSo) {
  auto pipeline = loop_pipeline("[run]\nkeep_result = false\n");
  Stream stream = pipeline->open();
  auto settled = stream.push(frame_of(1));
  ASSERT_EQ(settled.size(), 1u);
  EXPECT_EQ(area(settled[0], 1), 64);
  Result result = stream.finish().result;
  EXPECT_FALSE(result.mask(1, 0).has_value());
  EXPECT_FALSE(result.rows.empty());
}

TEST(Stream, CanMoveToAnotherThreadBetweenCalls) {
  auto pipeline = loop_pipeline("");
  Stream stream = pipeline->open();
  stream.push(frame_of(1));
  std::thread([&] { stream.push(frame_of(2)); }).join();
  EXPECT_EQ(stream.finish().result.frames, 2);
}

TEST(Stream, RefusesAFrameOfAnotherSizeNamingIt) {
  auto pipeline = loop_pipeline("");
  Stream stream = pipeline->open({"dog.mp4", {}, nullptr, {}});
  stream.push(frame_of(1));
  Frame small = frame_of(1);
  small.pixels = at::zeros({3, 4, 6}, at::kByte);
  small.name = "00002.jpg";
  try {
    stream.push(small);
    FAIL() << "not refused";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("dog.mp4, 00002.jpg"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("6x4"), std::string::npos) << error.what();
  }
}

TEST(Stream, NamesVideoFrameAndComponentWhereOneFails) {
  auto pipeline = loop_pipeline("[model.decoder]\nfail_at = 1\n");
  Stream stream = pipeline->open({"dog.mp4", {}, nullptr, {}});
  stream.push(frame_of(1));
  try {
    stream.push(frame_of(1));
    FAIL() << "did not fail";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "dog.mp4, frame 1, decoder 'numbers': the decoder gave up");
    EXPECT_EQ(error.code(), ExitCode::failed);
  }
}

TEST(Stream, BlamesTheTrackerForWhatItProposes) {
  auto pipeline = loop_pipeline("[model.tracker]\nfail_at = 0\n");
  Stream stream = pipeline->open({"dog.mp4", {}, nullptr, {}});
  try {
    stream.push(frame_of(1));
    FAIL() << "did not fail";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "dog.mp4, frame 0, tracker 'carry': the tracker gave up");
  }
}

TEST(Stream, RefusesAVideoWithoutFramesAndAUseAfterTheEnd) {
  auto pipeline = loop_pipeline("");
  EXPECT_THROW(pipeline->open().finish(), InputError);
  Stream stream = pipeline->open();
  stream.push(frame_of(1));
  stream.finish();
  EXPECT_THROW(stream.push(frame_of(1)), Error);
}

TEST(Stream, MeasuresEveryStage) {
  auto pipeline = loop_pipeline("");
  Stream stream = pipeline->open();
  for (int t = 0; t < 3; ++t) stream.push(frame_of(1));
  stream.finish();
  std::vector<std::string> names;
  for (const StageTimes::Stage& stage : stream.times().stages) {
    names.push_back(stage.name);
    // Start queries are the decoder's, and what the tracker makes of them.
    EXPECT_EQ(stage.calls, stage.name == "propose" ? 6 : 3) << stage.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"preprocess", "backbone", "encode", "propose",
                                             "decode", "track", "settle"}));
}
