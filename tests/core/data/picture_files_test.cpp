// The order of picture files by their names.

#include <clipwork/data/picture_files.h>
#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using Pair = std::pair<std::string, std::string>;

TEST(PictureFiles, NumbersInNamesAreComparedAsNumbers) {
  EXPECT_TRUE(natural_less("2.jpg", "10.jpg"));
  EXPECT_FALSE(natural_less("10.jpg", "2.jpg"));
  EXPECT_TRUE(natural_less("v1/img_0009.jpg", "v1/img_10.jpg"));
  EXPECT_TRUE(natural_less("v2/10.jpg", "v10/2.jpg"));
  EXPECT_TRUE(natural_less("a.jpg", "b.jpg"));
  EXPECT_FALSE(natural_less("7.jpg", "7.jpg"));
  EXPECT_NE(natural_less("7.jpg", "07.jpg"), natural_less("07.jpg", "7.jpg"));
}

TEST(PictureFiles, OfAFolderComeInTheirOrderWhateverTheirEnding) {
  ScratchFolder scratch;
  for (const char* name : {"10.jpg", "9.JPG", "2.png", ".1.jpg", "notes.txt", "11.ppm"}) {
    scratch.write(name, "");
  }
  std::filesystem::create_directory(scratch.path() / "3.jpg");
  std::vector<std::string> names;
  for (const auto& file : picture_files(scratch.path())) names.push_back(file.filename().string());
  EXPECT_THAT(names, ElementsAre("2.png", "9.JPG", "10.jpg", "11.ppm"));
  EXPECT_TRUE(picture_files(scratch.path() / "nowhere").empty());
}

TEST(PictureFiles, TheNumberOfAFrameIsTheLastOneOfItsName) {
  EXPECT_EQ(frame_number("v1/00012.jpg"), 12);
  EXPECT_EQ(frame_number("cam2_frame007_left.png"), 7);
  EXPECT_EQ(frame_number("v1/first.jpg"), std::nullopt);
  EXPECT_EQ(frame_number(""), std::nullopt);
  EXPECT_EQ(frame_number("99999999999999999999.jpg"), std::nullopt);
}

TEST(PictureFiles, AListSortedAsTextIsKnownFromOneSortedByNumbers) {
  EXPECT_EQ(sorted_as_text({"v/1.jpg", "v/10.jpg", "v/2.jpg"}), Pair("v/10.jpg", "v/2.jpg"));
  EXPECT_EQ(sorted_as_text({"1.jpg", "2.jpg", "10.jpg"}), std::nullopt);
  EXPECT_EQ(sorted_as_text({"01.jpg", "02.jpg", "10.jpg"}), std::nullopt);
  EXPECT_EQ(sorted_as_text({"3.jpg", "2.jpg", "1.jpg"}), std::nullopt) << "backwards";
  EXPECT_EQ(sorted_as_text({"10ab.jpg", "9f.jpg"}), std::nullopt) << "not numbered alike";
  EXPECT_EQ(sorted_as_text({}), std::nullopt);
}
