// What is wrong in annotation files, and what becomes of it.

#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class Mended : public testing::Test {
 protected:
  ScratchFolder scratch_;
  OpenedAnnotations read(const std::string& content) {
    return open_annotations(scratch_.write("file.json", content).string());
  }
};

}  // namespace

TEST_F(Mended, ATrackWithoutAnyMaskIsLeftOut) {
  for (const char* masks : {"null", "[]", "[null, null]", "[null, []]"}) {
    const OpenedAnnotations loaded = read(one_video("[" + annotation(masks) + "]"));
    EXPECT_EQ(text(loaded.faults),
              "video 1 (dogs), annotation 7: has no mask in any frame; it is left out\n")
        << masks;
    EXPECT_TRUE(loaded.file.annotations.empty());
  }
}

TEST_F(Mended, MissingAreasAndIscrowdAreFilledIn) {
  const OpenedAnnotations loaded =
      read(one_video(std::string("[{'id': 7, 'video_id': 1, 'category_id': 3, 'segmentations': [") +
                     kPixel + ", null]}]"));
  EXPECT_EQ(text(loaded.faults),
            "video 1 (dogs), annotation 7: has no iscrowd; it is not a crowd\nvideo 1 (dogs), "
            "annotation 7: has no areas; they are computed from the masks\n");
  EXPECT_EQ(loaded.file.annotations[0].areas->at(0), 1.0);
  EXPECT_FALSE(loaded.file.annotations[0].areas->at(1));
}

TEST_F(Mended, IdsThatAre0OrDoubledAreRenumbered) {
  const std::string masks = std::string("[") + kPixel + ", null]";
  const OpenedAnnotations loaded =
      read(one_video("[" + annotation(masks, "", "0") + "," + annotation(masks, "", "5") + "," +
                     annotation(masks, "", "5") + "]"));
  EXPECT_THAT(text(loaded.faults),
              HasSubstr("annotation 0: official evaluators read the id 0 as 'no match'"));
  EXPECT_THAT(text(loaded.faults), HasSubstr("annotation 5: duplicate id; its id is now 7"));
  EXPECT_EQ(loaded.file.annotations[0].id, 6);
  EXPECT_EQ(loaded.file.annotations[1].id, 5);
  EXPECT_EQ(loaded.file.annotations[2].id, 7);
}

TEST_F(Mended, TheGreatestIdLeavesRoomForNewOnes) {
  const std::string masks = std::string("[") + kPixel + ", null]";
  const OpenedAnnotations loaded =
      read(one_video("[" + annotation(masks, "", "9223372036854775807") + "," +
                     annotation(masks, "", "0") + "," + annotation(masks, "", "1") + "]"));
  EXPECT_EQ(loaded.file.annotations[1].id, 2);
}

TEST_F(Mended, BareNumbersOfPythonAreReadAndSuchAnAreaIsThatOfTheMask) {
  const OpenedAnnotations loaded = read(one_video(
      "[" + annotation(std::string("[") + kPixel + ", null]", ", 'areas': [NaN, Infinity]") + "]"));
  EXPECT_THAT(text(loaded.faults),
              HasSubstr("annotation 7, frame 0: its area is nan; it is computed from the mask"));
  EXPECT_EQ(loaded.file.annotations[0].areas->at(0), 1.0);
  EXPECT_FALSE(loaded.file.annotations[0].areas->at(1));
}

TEST_F(Mended, OfUnknownVideosAndCategoriesAreLeftOut) {
  const std::string masks = std::string("'segmentations': [") + kPixel + ", null]";
  const OpenedAnnotations loaded =
      read(one_video("[{'id': 1, 'video_id': 9, 'category_id': 3, " + masks +
                     "}, {'id': 2, 'video_id': 1, 'category_id': 2, " + masks +
                     "}, {'id': 3, 'category_id': 3, " + masks + "}]"));
  EXPECT_EQ(text(loaded.faults),
            "video 9, annotation 1: unknown video; it is left out\nvideo 1 (dogs), annotation 2: "
            "unknown category 2; it is left out\nannotation 3: has no video_id; it is left out\n");
}

TEST_F(Mended, ListsOfTheWrongLengthAreCutOrFilled) {
  const std::string pixel = kPixel;
  OpenedAnnotations loaded = read(one_video("[" + annotation("[" + pixel + "]") + "]"));
  EXPECT_THAT(text(loaded.faults),
              StartsWith("video 1 (dogs), annotation 7: segmentations has 1 entries, the video 2 "
                         "frames; the remaining entries"));
  EXPECT_EQ(loaded.file.annotations[0].masks.size(), 2u);
  loaded = read(one_video("[" +
                          annotation("[" + pixel + ", null, " + pixel + "]",
                                     ", 'areas': [1, 1, 1], 'occlusion': ['no_occlusion']") +
                          "]"));
  EXPECT_THAT(text(loaded.faults), HasSubstr("segmentations has 3 entries"));
  EXPECT_THAT(text(loaded.faults), HasSubstr("areas has 3 entries"));
  EXPECT_THAT(text(loaded.faults), HasSubstr("occlusion has 1 entries"));
  EXPECT_EQ(loaded.file.annotations[0].masks.size(), 2u);
  EXPECT_EQ(loaded.file.annotations[0].occlusion.size(), 2u);
}

TEST_F(Mended, FileNamesThatLeaveTheirFolderLeaveTheVideoOut) {
  const std::pair<const char*, const char*> names[] = {
      {"../secret.jpg", "leads out of the image folder; the video is left out"},
      {"a/../../b.jpg", "leads out of the image folder; the video is left out"},
      {"/etc/passwd", "is an absolute path, expected one relative to the image folder; the video"},
      {"", "a file name is empty; the video is left out"},
  };
  for (const auto& [name, problem] : names) {
    const OpenedAnnotations loaded =
        read(json(std::string("{'videos': [{'id': 1, 'width': 4, 'height': 2, "
                              "'length': 1, 'file_names': ['") +
                  name +
                  "']}], 'categories': [], 'annotations': [{'id': 1, "
                  "'video_id': 1, 'category_id': 1}]}"));
    EXPECT_THAT(text(loaded.faults), HasSubstr(problem));
    EXPECT_EQ(loaded.faults.size(), 1u) << "its annotations are not reported as well";
    EXPECT_TRUE(loaded.file.videos.empty()) << name;
  }
}

TEST_F(Mended, VideosThatCannotBeAreLeftOut) {
  const std::pair<const char*, const char*> videos[] = {
      {"{'width': 4, 'height': 2, 'length': 1}", "has no id"},
      {"{'id': 2, 'length': 1}", "its size is 0 x 0"},
      {"{'id': 2, 'width': 4, 'height': -2, 'length': 1}", "its size is 4 x -2"},
      {"{'id': 2, 'width': 4, 'height': 2}", "has neither length nor files"},
      {"{'id': 2, 'width': 4, 'height': 2, 'length': 1000000000}", "its length is 1000000000"},
  };
  for (const auto& [video, problem] : videos) {
    const OpenedAnnotations loaded = read(json(std::string("{'videos': [") + video + "]}"));
    EXPECT_THAT(text(loaded.faults), HasSubstr(problem));
    EXPECT_TRUE(loaded.file.videos.empty()) << video;
  }
}

TEST_F(Mended, AVideoWithoutLengthAndSizeHasThoseOfItsMasks) {
  const OpenedAnnotations loaded = read(
      json("{'videos': [{'id': 1}], 'categories': [{'id': 3, 'name': 'dog'}], 'annotations': [" +
           annotation(std::string("[null, ") + kPixel + "]") + "]}"));
  EXPECT_EQ(text(loaded.faults),
            "video 1: has no width and height; it is 4 x 2, the size of its first mask\nvideo 1: "
            "lists no picture files; its frames cannot be read\nvideo 1: has neither length nor "
            "files; it has 2 frames, the length of its longest list of masks\n");
  EXPECT_EQ(loaded.file.videos.at(0).length, 2);
  EXPECT_EQ(loaded.file.annotations.at(0).masks.size(), 2u);
}

TEST_F(Mended, PicturesSortedAsTextAreReported) {
  const OpenedAnnotations loaded =
      read(json("{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 3, "
                "'file_names': ['a/1.jpg', 'a/10.jpg', 'a/2.jpg']}]}"));
  EXPECT_EQ(text(loaded.faults),
            "video 1 (a): its pictures are sorted as text: 'a/10.jpg' before 'a/2.jpg'; they are "
            "read in that order\n");
}

TEST_F(Mended, TheSecondOfTwoVideosWithOneIdIsLeftOut) {
  const OpenedAnnotations loaded =
      read(json("{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 1, 'file_names': "
                "['a/0.jpg']}, {'id': 1, 'width': 4, 'height': 2, 'length': 1, 'file_names': "
                "['b/0.jpg']}]}"));
  EXPECT_EQ(text(loaded.faults),
            "video 1 (a): duplicate id, here for 'b'; the second video is left out\n");
  EXPECT_EQ(loaded.file.videos.size(), 1u);
}

TEST_F(Mended, AVideoIsAsLongAsItsListOfPictures) {
  const OpenedAnnotations loaded =
      read(json("{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 1, "
                "'file_names': ['a/0.jpg', 'a/1.jpg']}]}"));
  EXPECT_EQ(text(loaded.faults),
            "video 1 (a): its length is 1, but it lists 2 files; it has 2 frames\n");
  EXPECT_EQ(loaded.file.videos[0].length, 2);
}

TEST_F(Mended, AMaskWithoutAPixelIsAFaultAndTheObjectIsNotThere) {
  const OpenedAnnotations loaded = read(one_video(
      "[" + annotation(std::string("[{'size': [2, 4], 'counts': [8]}, ") + kPixel + "]") + "]"));
  EXPECT_EQ(
      text(loaded.faults),
      "video 1 (dogs), annotation 7, frame 0: the mask has no pixel; the object is absent from "
      "this frame\n");
  EXPECT_FALSE(loaded.file.annotations.at(0).masks[0]);
  EXPECT_TRUE(loaded.file.annotations.at(0).masks[1]);
}

TEST_F(Mended, CoordinatesThatLookNormalisedAreCalledSo) {
  const std::string small = "[[0.1, 0.1, 0.4, 0.1, 0.4, 0.4, 0.1, 0.4]]",
                    large = "[[0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9]]";
  const OpenedAnnotations loaded =
      read(one_video("[" + annotation("[" + small + ", " + large + "]") + "]"));
  EXPECT_EQ(text(loaded.faults),
            "video 1 (dogs), annotation 7, frame 0: the mask has no pixel: its coordinates look "
            "normalised (all between 0 and 1), expected pixels; the object is absent from this "
            "frame\nvideo 1 (dogs), annotation 7, frame 1: the coordinates of the mask look "
            "normalised (all between 0 and 1), expected pixels; they are read as pixels\n");
}

TEST_F(Mended, AMaskWithSwappedSidesSaysHowSizeIsWritten) {
  const OpenedAnnotations loaded = read(one_video(
      "[" + annotation(std::string("[{'size': [4, 2], 'counts': [0, 1, 7]}, ") + kPixel + "]") +
      "]"));
  EXPECT_EQ(text(loaded.faults),
            "video 1 (dogs), annotation 7, frame 0: the mask is 2 x 4, the video 4 x 2; 'size' is "
            "[height, width]; the object is absent from this frame\n");
}

TEST_F(Mended, AVideoThatClaimsFarMoreFramesThanItsListsHaveIsLeftOut) {
  std::string annotations;
  for (int i = 1; i <= 1000; ++i) {
    annotations +=
        (i > 1 ? ", " : "") + annotation(std::string("[") + kPixel + "]", "", std::to_string(i));
  }
  const OpenedAnnotations loaded =
      read(json("{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 20000}], 'categories': "
                "[{'id': 3, 'name': 'dog'}], 'annotations': [" +
                annotations + "]}"));
  EXPECT_THAT(
      text(loaded.faults),
      HasSubstr("video 1: its length is 20000, but none of its 1000 lists of masks has more "
                "than 1 entries; the video is left out"));
  EXPECT_TRUE(loaded.file.videos.empty());
  EXPECT_TRUE(loaded.file.annotations.empty());
  EXPECT_LT(loaded.faults.size(), 5u) << "its annotations are not reported as well";
}

TEST_F(Mended, LongNamesAreShortenedInFaults) {
  const std::string name(100'000, 'n');
  const OpenedAnnotations loaded = read(
      json("{'videos': [{'id': 1, 'name': '" + name +
           "', 'width': 4, 'height': 2, 'length': 1, 'file_names': ['a/0.jpg']}], 'categories': "
           "[{'id': 3, 'name': 'dog'}], 'annotations': [" +
           annotation("[5]") + "]}"));
  ASSERT_FALSE(loaded.faults.empty());
  for (const DatasetFault& fault : loaded.faults) EXPECT_LT(fault.where.size(), 200u);
  EXPECT_EQ(loaded.file.videos.at(0).name, name);
}

TEST_F(Mended, PolygonsThatCrossAWidePictureAgainAndAgainAreFaults) {
  std::string zigzag;
  for (int i = 0; i < 2000; ++i) {
    zigzag += (i ? ", " : "") + std::string(i % 2 ? "0, " : "100000, ") + std::to_string(i % 4096);
  }
  const OpenedAnnotations loaded =
      read(json("{'videos': [{'id': 1, 'width': 65536, 'height': 2048, 'length': 1, 'file_names': "
                "['v/0.jpg']}], 'categories': [{'id': 3, 'name': 'dog'}], 'annotations': [" +
                annotation("[[[" + zigzag + "]]]") + "]}"));
  EXPECT_THAT(
      text(loaded.faults),
      HasSubstr("frame 0: the edges of a polygon cross 131072000 pixel columns, expected at "
                "most 4194304; the object is absent from this frame"));
}
