#include <ATen/ops/eq.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include <set>

#include "media.h"

namespace clipwork::test {
namespace {

TEST(Colours, AreTheSameInEveryRunAndDifferAmongNeighbours) {
  EXPECT_EQ(hex(track_colour(1)), "#4c9fff");
  EXPECT_EQ(hex(track_colour(2)), "#ff9075");
  EXPECT_EQ(hex(track_colour(3)), "#00a576");
  std::set<std::string> colours;
  for (int track = 1; track <= 200; ++track) colours.insert(hex(track_colour(track)));
  EXPECT_EQ(colours.size(), 200u);
}

TEST(Colours, CarryTextThatCanBeRead) {
  EXPECT_EQ(text_colour({250, 250, 200}), (Colour{0, 0, 0}));
  EXPECT_EQ(text_colour({20, 30, 120}), (Colour{255, 255, 255}));
}

class Paint : public Media {
 protected:
  static constexpr int64_t kHeight = 120, kWidth = 160;
  static MaskRle box(int64_t top, int64_t left, int64_t height, int64_t width) {
    Tensor mask = at::zeros({kHeight, kWidth}, at::kBool);
    mask.narrow(0, top, height).narrow(1, left, width).fill_(true);
    return MaskRle::from_tensor(mask);
  }
  static Tensor grey() { return plain(kHeight, kWidth, 128, 128, 128); }
  static Colour at(const Tensor& picture, int64_t y, int64_t x) {
    Colour colour;
    for (int c = 0; c < 3; ++c) {
      colour[static_cast<size_t>(c)] = static_cast<uint8_t>(value_at(picture, c, y, x));
    }
    return colour;
  }
  /// How many pixels have exactly this colour.
  static int64_t count(const Tensor& picture, Colour colour) {
    Tensor same = picture[0].eq(colour[0]).logical_and(picture[1].eq(colour[1]));
    return same.logical_and(picture[2].eq(colour[2])).sum().item().toLong();
  }
};

TEST_F(Paint, TintsTheMaskAndLeavesTheRestAsItWas) {
  Tensor picture = grey();
  painter()->paint(picture, {{3, box(40, 50, 40, 60), ""}}, "");
  EXPECT_EQ(at(picture, 20, 20), (Colour{128, 128, 128}));
  EXPECT_EQ(at(picture, 100, 120), (Colour{128, 128, 128}));
  const Colour colour = track_colour(3), tinted = at(picture, 60, 80);
  for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(tinted[c], 0.6 * 128 + 0.4 * colour[c], 1);
  const Colour contour = at(picture, 40, 80);
  for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(contour[c], colour[c], 20) << "hardly mixed";
}

TEST_F(Paint, WritesLabelsOnPlatesThatStayInThePicture) {
  for (auto [top, left] : {std::pair{0, 0}, {0, 150}, {110, 0}, {110, 150}}) {
    Tensor picture = grey();
    painter()->paint(picture, {{1, box(top, left, 10, 10), "1 person 0.93"}}, "");
    // A plate of 13 letters, a dozen pixels high: most of it background.
    EXPECT_GT(count(picture, track_colour(1)), 500) << top << " " << left;
  }
}

TEST_F(Paint, KeepsLabelsOffEachOther) {
  Tensor alone = grey(), both = grey();
  painter()->paint(alone, {{1, box(50, 50, 20, 20), "1 dog 0.90"}}, "");
  painter()->paint(
      both, {{1, box(50, 50, 20, 20), "1 dog 0.90"}, {2, box(50, 52, 20, 20), "2 dog 0.80"}}, "");
  EXPECT_GT(count(both, track_colour(2)), 400);
  EXPECT_GT(count(both, track_colour(1)), count(alone, track_colour(1)) - 60);
}

TEST_F(Paint, PutsANoteAcrossTheTop) {
  Tensor picture = grey();
  painter()->paint(picture, {}, "the results are meaningless");
  EXPECT_NE(at(picture, 1, 0), (Colour{128, 128, 128}));
  EXPECT_EQ(at(picture, 1, 0), at(picture, 1, kWidth - 1));
  EXPECT_EQ(at(picture, 60, 80), (Colour{128, 128, 128}));
}

TEST_F(Paint, WritesNumbersOf16BitsWithAComment) {
  Tensor numbers = at::zeros({4, 6}, at::kInt);
  numbers[1][2] = 3 * 256;
  numbers[3][5] = 65535;
  const std::string png = painter()->encode_png16(numbers, "means nothing");
  EXPECT_EQ(png.substr(24, 2), std::string("\x10\0", 2)) << "16 bits, grey";
  EXPECT_SAYS(png, std::string("tEXtComment\0means nothing", 25));
  const auto file = scratch_.write("ids.png", png);
  testing::internal::CaptureStderr();
  const Tensor high = make<Source>("images", {{"path", file.string()}})->next()->pixels;
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "the comment's checksum is right";
  EXPECT_EQ(value_at(high, 0, 1, 2), 3);
  EXPECT_EQ(value_at(high, 0, 3, 5), 255);
  EXPECT_EQ(value_at(high, 0, 0, 0), 0);
  EXPECT_SAYS(error_of([&] { painter()->encode_png16(numbers.add(1), ""); }),
              "from 0 to 65535 for a 16-bit picture, found 65536");
}

TEST_F(Paint, RefusesAMaskOfAnotherSize) {
  Tensor picture = plain(10, 10, 0, 0, 0);
  EXPECT_SAYS(error_of([&] {
                painter()->paint(picture, {{0, box(0, 0, 5, 5), ""}}, "");
              }),
              "the mask of track 0 is 160x120, the picture 10x10");
}

}  // namespace
}  // namespace clipwork::test
