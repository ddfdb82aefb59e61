#include <clipwork/error.h>
#include <clipwork/index_picture.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include "support.h"

using namespace clipwork;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

/// Every value from 0 to `largest` in turn, row by row.
IndexPicture picture(Size size, int largest) {
  IndexPicture made{size, {}};
  for (int64_t i = 0; i < size.height * size.width; ++i) {
    made.values.push_back(static_cast<uint16_t>(i * 7919 % (largest + 1)));
  }
  return made;
}

class IndexPictures : public testing::Test {
 protected:
  std::string file(const char* name = "a.png") const { return scratch_.path() / name; }
  /// The bytes of a written picture.
  std::string written(const IndexPicture& made, IndexForm form) const {
    write_index_picture(file(), made, form);
    return test::read_file(file());
  }
  std::string refusal_of(const std::string& bytes) const {
    const std::string name = scratch_.write("broken.png", bytes);
    try {
      read_index_picture(name);
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("broken.png"));
      return error.what();
    }
    return "nothing was thrown";
  }

  test::ScratchFolder scratch_;
};

}  // namespace

TEST_F(IndexPictures, AreReadAsTheyWereWritten) {
  for (Size size : {Size{1, 1}, Size{3, 7}, Size{40, 31}}) {
    for (auto [form, largest] : {std::pair(IndexForm::palette, 255), {IndexForm::grey16, 65535}}) {
      IndexPicture made = picture(size, largest);
      write_index_picture(file(), made, form);
      IndexPicture read = read_index_picture(file());
      EXPECT_EQ(read.size, size);
      EXPECT_EQ(read.values, made.values);
      EXPECT_EQ(index_picture_size(file()), size);
    }
  }
}

TEST_F(IndexPictures, RefuseValuesBeyondThePalette) {
  IndexPicture made = picture({2, 2}, 1);
  made.values[3] = 256;
  EXPECT_THROW(write_index_picture(file(), made, IndexForm::palette), Error);
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_NO_THROW(write_index_picture(file(), made, IndexForm::grey16));
}

TEST_F(IndexPictures, ThatAreCutOffAreRefused) {
  const std::string bytes = written(picture({20, 30}, 255), IndexForm::palette);
  for (size_t length : {size_t{0}, size_t{7}, size_t{32}, size_t{60}, bytes.size() - 20}) {
    EXPECT_NE(refusal_of(bytes.substr(0, length)), "nothing was thrown") << length;
  }
}

TEST_F(IndexPictures, ThatAreDamagedAreRefused) {
  const std::string bytes = written(picture({20, 30}, 255), IndexForm::palette);
  std::string broken = bytes;
  const size_t data = bytes.find("IDAT") + 4;
  for (size_t i = 0; i < 20; ++i) broken[data + 10 + i] ^= 0x5a;
  EXPECT_NE(refusal_of(broken), "nothing was thrown");
}

TEST_F(IndexPictures, OfColoursAndOtherFilesAreRefused) {
  std::string bytes = written(picture({4, 4}, 255), IndexForm::palette);
  EXPECT_THAT(refusal_of("GIF89a and more than thirty-three bytes of it"), HasSubstr("PNG"));
  bytes[25] = 2;  // the colour type in IHDR: red, green and blue
  EXPECT_NE(refusal_of(bytes), "nothing was thrown");
  EXPECT_THROW(read_index_picture(file("absent.png")), InputError);
  EXPECT_THROW(index_picture_size(file("absent.png")), InputError);
}

TEST_F(IndexPictures, OfImpossibleSizesAreRefusedBeforeMemoryIsTaken) {
  std::string bytes = written(picture({4, 4}, 255), IndexForm::palette);
  for (size_t place : {16, 20}) {
    std::string huge = bytes;
    huge[place] = 0x7f;
    EXPECT_NE(refusal_of(huge), "nothing was thrown");
    std::string empty = bytes;
    empty.replace(place, 4, 4, '\0');
    EXPECT_NE(refusal_of(empty), "nothing was thrown");
  }
}

TEST_F(IndexPictures, CostLittleMemoryBesideTheirValues) {
  // A file of 33 kB that unpacks to a thousand times as much.
  constexpr int64_t kSide = 4096;
  write_index_picture(file(), {{kSide, kSide}, std::vector<uint16_t>(kSide * kSide)},
                      IndexForm::grey16);
  auto peak = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return int64_t{usage.ru_maxrss} << 10;
  };
  // Writing took three times the values: only what is above that shows.
  std::vector<IndexPicture> kept;
  const int64_t before = peak();
  constexpr int kCopies = 8;
  for (int i = 0; i < kCopies; ++i) kept.push_back(read_index_picture(file()));
  EXPECT_LT(peak() - before, (kCopies + 1) * kSide * kSide * int64_t{sizeof(uint16_t)});
}

TEST_F(IndexPictures, WithBytesBehindTheirLastRowAreRefused) {
  // The rows of a larger picture below the header of a smaller one.
  const std::string large = written(picture({4, 3}, 9), IndexForm::grey16);
  const std::string small = written(picture({3, 3}, 9), IndexForm::grey16);
  constexpr size_t kHeader = 33;
  EXPECT_THAT(refusal_of(small.substr(0, kHeader) + large.substr(kHeader)), HasSubstr("damaged"));
  EXPECT_THAT(refusal_of(large.substr(0, kHeader) + small.substr(kHeader)), HasSubstr("damaged"));
}

TEST(MasksByValue, RefuseAPatternWithARunForEveryPixel) {
  // Rows of alternating values are columns of one pixel each.
  auto stripes = [](int64_t width) {
    IndexPicture made{{1, width}, std::vector<uint16_t>(static_cast<size_t>(width))};
    for (size_t x = 0; x < made.values.size(); x += 2) made.values[x] = 1;
    return made;
  };
  EXPECT_EQ(masks_by_value(stripes(int64_t{1} << 10)).at(1).area(), 1 << 9);
  EXPECT_THAT(test::error_of<InputError>([&] { masks_by_value(stripes((int64_t{1} << 25) + 2)); }),
              HasSubstr("more than 16777216 runs"));
}

TEST(MasksByValue, HasThePixelsOfEachValueButZero) {
  // 0 2 2
  // 5 5 2
  std::map<int64_t, MaskRle> masks = masks_by_value({{2, 3}, {0, 2, 2, 5, 5, 2}});
  ASSERT_EQ(masks.size(), 2U);
  EXPECT_EQ(masks.at(2), (MaskRle{{2, 3}, {2, 1, 1, 2}}));
  EXPECT_EQ(masks.at(5), (MaskRle{{2, 3}, {1, 1, 1, 1, 2}}));
  EXPECT_TRUE(masks_by_value({{2, 2}, {0, 0, 0, 0}}).empty());
  EXPECT_EQ(masks_by_value({{1, 2}, {65535, 65535}}).at(65535), (MaskRle{{1, 2}, {0, 2}}));
}
