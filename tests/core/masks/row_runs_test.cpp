#include "masks/row_runs.h"

#include <ATen/ops/zeros.h>
#include <clipwork/error.h>

#include <random>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

TEST(RowRuns, AreThePixelsOfTheCrop) {
  // "##." over ".##", at (1, 1) of a picture.
  const MaskRle mask = mask_of_row_counts({0, 2, 2, 2}, {1, 1, 3, 2}, {4, 5});
  EXPECT_EQ(mask.area(), 4);
  EXPECT_EQ(mask.box(), (Box{1, 1, 3, 2}));
  EXPECT_EQ(mask.counts, (std::vector<uint32_t>{5, 1, 3, 2, 3, 1, 5}));
}

TEST(RowRuns, AreTheSameMaskAsThePicture) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const auto number = [&](int64_t most) {
      return std::uniform_int_distribution<int64_t>(1, most)(random);
    };
    const Size size{number(20), number(20)};
    Box crop{0, 0, number(size.width), number(size.height)};
    crop.x = number(size.width - crop.width + 1) - 1;
    crop.y = number(size.height - crop.height + 1) - 1;
    at::Tensor picture = at::zeros({size.height, size.width}, at::kBool);
    std::vector<int64_t> counts = {0};
    bool on = false;
    std::bernoulli_distribution turn(round % 10 / 10.0);
    for (int64_t i = 0; i < crop.width * crop.height; ++i) {
      if (turn(random)) {
        on = !on;
        counts.push_back(0);
      }
      ++counts.back();
      const int64_t y = crop.y + i / crop.width, x = crop.x + i % crop.width;
      picture.mutable_data_ptr<bool>()[y * size.width + x] = on;
    }
    EXPECT_EQ(mask_of_row_counts(counts, crop, size), MaskRle::from_tensor(picture)) << round;
  }
}

TEST(RowRuns, AreRefusedWhereTheyDoNotFillTheCrop) {
  const auto error = [](std::vector<int64_t> counts, Box crop) {
    return error_of<InputError>([&] { mask_of_row_counts(counts, crop, {4, 6}); });
  };
  EXPECT_SAYS(error({1, 2}, {0, 0, 2, 2}), "cover 3 pixels of the mask, expected 4");
  EXPECT_SAYS(error({1, 9}, {0, 0, 2, 2}), "cover more than the 4 pixels");
  EXPECT_SAYS(error({1, -1, 4}, {0, 0, 2, 2}), "negative run -1");
  EXPECT_SAYS(error({0, 4}, {5, 0, 2, 2}), "not inside the picture of 6 x 4");
  EXPECT_SAYS(error({}, {0, 0, 0, 2}), "not inside");
  EXPECT_SAYS(error({0, 4}, {-1, 0, 2, 2}), "not inside");
}

TEST(RowRuns, OfAFewBytesCannotAskForAMaskThatTakesAllMemory) {
  // Every other row of a wide picture: runs down the columns are as many as its pixels.
  const Size size{2048, 32768};
  std::vector<int64_t> counts;
  for (int64_t y = 0; y < size.height; ++y) counts.push_back(size.width);
  const std::string error = error_of<InputError>([&] {
    mask_of_row_counts(counts, {0, 0, size.width, size.height}, size);
  });
  EXPECT_SAYS(error, "more than 4194304 runs");
  // All of it is a single run.
  EXPECT_EQ(mask_of_row_counts({0, size.height * size.width}, {0, 0, size.width, size.height}, size)
                .counts.size(),
            2u);
}
