// Annotation files: every form that is read, and what is wrong in one.

#include <clipwork/data/fault_lines.h>
#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class Annotations : public testing::Test {
 protected:
  ScratchFolder scratch_;
  OpenedAnnotations read(const std::string& content) {
    return open_annotations(scratch_.write("file.json", content).string());
  }
  std::string refusal(const std::string& content) {
    return error_of<InputError>([&] { read(content); });
  }
};

}  // namespace

TEST_F(Annotations, AllFormsOfAMaskBecomeTheSameRunLengths) {
  const OpenedAnnotations loaded = read(one_video(
      "[" + annotation(std::string("[") + kPixel + ", {'size': [2, 4], 'counts': '017'}]") + ", " +
      annotation("[[[0, 0, 1, 0, 1, 1, 0, 1]], null]", "", "8") + "]"));
  EXPECT_EQ(text(loaded.faults), "");
  ASSERT_EQ(loaded.file.annotations.size(), 2u);
  const MaskRle pixel{{2, 4}, {0, 1, 7}};
  EXPECT_EQ(loaded.file.annotations[0].masks[0], pixel);
  EXPECT_EQ(loaded.file.annotations[0].masks[1], pixel);
  EXPECT_EQ(loaded.file.annotations[1].masks[0], pixel);
  EXPECT_FALSE(loaded.file.annotations[1].masks[1]);
}

TEST_F(Annotations, TheTrackIdMayBeAnAttribute) {
  const auto track = [this](const std::string& members) {
    const OpenedAnnotations loaded = read(json(cat(
        "{'images': [{'id': 1, 'video_id': 5, 'file_name': 'v/a.jpg', 'width': 4, 'height': 2}], "
        "'categories': [{'id': 1, 'name': 'x'}], 'annotations': [{'id': 1, 'image_id': 1, "
        "'category_id': 1, 'iscrowd': 0, 'area': 1, 'segmentation': ",
        kPixel, members, "}]}")));
    return loaded.file.annotations.empty() ? std::nullopt : loaded.file.annotations[0].track;
  };
  EXPECT_EQ(track(", 'attributes': {'occluded': false, 'track_id': 0}"), 0);
  EXPECT_EQ(track(", 'track_id': 4, 'attributes': {'track_id': 0}"), 4);
  // Attributes are whatever their authors made them.
  for (const char* other : {"null", "[]", "{}", "{'track_id': 'red'}", "{'track_id': null}"}) {
    EXPECT_EQ(track(cat(", 'attributes': ", other)), std::nullopt) << other;
  }
}

TEST_F(Annotations, MayStandBeforeTheVideosThatTheyNeed) {
  const OpenedAnnotations loaded = read(json(
      "{'annotations': [" + annotation("[[[0, 0, 1, 0, 1, 1, 0, 1]], null]") +
      "], 'categories': [{'id': 3, 'name': 'dog'}], 'videos': [{'id': 1, 'width': 4, "
      "'height': 2, 'length': 2, 'file_names': ['a/0.jpg', 'a/1.jpg']}], 'info': {'x': [[1]]}}"));
  EXPECT_EQ(text(loaded.faults), "");
  EXPECT_EQ(loaded.file.annotations.at(0).masks.at(0)->area(), 1);
}

TEST_F(Annotations, ThatAreNullAreNoAnnotationsAndNoFault) {
  const OpenedAnnotations loaded = read(one_video("null"));
  EXPECT_FALSE(loaded.file.annotated);
  EXPECT_EQ(text(loaded.faults), "");
  EXPECT_TRUE(read(one_video("[]")).file.annotated);
}

TEST_F(Annotations, ANullOrEmptySegmentationMeansNotThere) {
  const OpenedAnnotations loaded =
      read(one_video("[" + annotation(std::string("[[], ") + kPixel + "]") + "]"));
  EXPECT_EQ(text(loaded.faults), "");
  EXPECT_FALSE(loaded.file.annotations[0].masks[0]);
  EXPECT_TRUE(loaded.file.annotations[0].masks[1]);
}

TEST_F(Annotations, AMaskBesideAListOfMasksReplacesItsPolygonsToo) {
  const OpenedAnnotations loaded = read(one_video(
      "[" + annotation("[null, [[0, 0, 1, 0, 1, 1, 0, 1]]]", ", 'segmentation': null") + "]"));
  EXPECT_THAT(text(loaded.faults), HasSubstr("has no mask in any frame"));
}

TEST_F(Annotations, AMaskThatIsNoneIsNamedWithItsFrame) {
  const std::pair<const char*, const char*> masks[] = {
      {"{'size': [2, 4], 'counts': [0, 1, 8]}", "pixels"},
      {"{'size': [2, 4], 'counts': [0, -1, 9]}", "negative"},
      {"{'size': [2, 4], 'counts': [0, 1.5, 6.5]}", "counts[1]: expected an integer, found 1.5"},
      {"{'size': [2, 4], 'counts': '~~'}", "characters"},
      {"{'size': [2], 'counts': [8]}", "size: expected [height, width], found a list"},
      {"{'size': [2, 4]}", "'counts' is missing"},
      {"{'size': [2, 4], 'counts': [[8]]}", "counts[0]: expected an integer, found a list"},
      {"{'size': [2, 3], 'counts': [0, 1, 5]}", "the mask is 3 x 2, the video 4 x 2"},
      {"{'size': [2000000000, 2000000000], 'counts': [1]}", "invalid mask size"},
      {"[[0, 0, 1, 1]]", "2 points, expected at least three"},
      {"[0, 0, 1, 1, 2, 2]", "expected a list of the coordinates of a polygon, found 0"},
      {"'mask'", "expected an RLE mask, polygons or null, found 'mask'"},
      {"5", "expected an RLE mask, polygons or null, found 5"},
  };
  for (const auto& [mask, problem] : masks) {
    const OpenedAnnotations loaded =
        read(one_video("[" + annotation(std::string("[") + kPixel + ", " + mask + "]") + "]"));
    EXPECT_THAT(text(loaded.faults), StartsWith("video 1 (dogs), annotation 7, frame 1: ")) << mask;
    EXPECT_THAT(text(loaded.faults), HasSubstr(problem)) << mask;
    EXPECT_THAT(text(loaded.faults), HasSubstr("; the object is absent from this frame")) << mask;
    ASSERT_EQ(loaded.file.annotations.size(), 1u) << mask;
    EXPECT_FALSE(loaded.file.annotations[0].masks[1]) << mask;
  }
}

TEST_F(Annotations, OcclusionIsReadAsTheEvaluatorsNumbers) {
  const OpenedAnnotations loaded =
      read(one_video("[" +
                     annotation(std::string("[") + kPixel + ", " + kPixel + "]",
                                ", 'occlusion': ['slight_occlusion', 'none']") +
                     "]"));
  EXPECT_EQ(loaded.file.annotations[0].occlusion[0], 0.25);
  EXPECT_FALSE(loaded.file.annotations[0].occlusion[1]);
  EXPECT_THAT(text(loaded.faults), HasSubstr("frame 1: the occlusion 'none' is unknown"));
}

TEST_F(Annotations, AreRefusedWithTheirPlaceWhereAFieldIsOfAnotherKind) {
  EXPECT_THAT(refusal(one_video("[" + annotation("[null, null]", ", 'video_id': 'x'") + "]")),
              HasSubstr("annotations[0] (id 7), video_id: expected an integer, found 'x'"));
  EXPECT_THAT(refusal(one_video("[" + annotation("7") + "]")),
              HasSubstr("annotations[0] (id 7), segmentations: expected a list, found 7"));
  EXPECT_THAT(refusal(one_video("{}")), HasSubstr("annotations: expected a list, found an object"));
  EXPECT_THAT(refusal(json("{'videos': [{'id': 1.5}]}")),
              HasSubstr("videos[0], id: expected an integer, found 1.5"));
  EXPECT_THAT(refusal("[]"), HasSubstr("a file with a list at the top level is a results file"));
  EXPECT_THAT(refusal("{}"), HasSubstr("neither videos nor images"));
  EXPECT_THAT(refusal("{\"videos\": [}"), HasSubstr("is not valid JSON at byte 13"));
  EXPECT_THAT(refusal(""), HasSubstr("is not valid JSON"));
}

TEST_F(Annotations, AHundredThousandNestedBracketsAreAnErrorAndNotACrash) {
  const std::string deep(100'000, '[');
  EXPECT_THAT(refusal(deep), HasSubstr("expected an object, found a list"));
  EXPECT_THAT(refusal("{\"info\": " + deep), HasSubstr("is not valid JSON"));
  EXPECT_THAT(refusal(json("{'videos': " + deep)), HasSubstr("is not valid JSON"));
  const std::string closed = deep + std::string(deep.size(), ']');
  EXPECT_EQ(text(read(json("{'info': " + closed +
                           ", 'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 1, "
                           "'file_names': ['a/0.jpg']}]}"))
                     .faults),
            "");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(refusal(objects), HasSubstr("is not valid JSON"));
}

TEST_F(Annotations, OneBadPartOfAPolygonDoesNotTakeTheOthersAway) {
  const OpenedAnnotations loaded = read(one_video(
      "[" + annotation("[[[0, 0, 1, 0, 1, 1, 0, 1], [1, 1, 2, 2]], " + std::string(kPixel) + "]") +
      "]"));
  EXPECT_EQ(
      text(loaded.faults),
      "video 1 (dogs), annotation 7, frame 0: part 2 of 2: a polygon has 2 points, expected at "
      "least three; the other parts are kept\n");
  EXPECT_EQ(loaded.file.annotations.at(0).masks[0], (MaskRle{{2, 4}, {0, 1, 7}}));
}

TEST_F(Annotations, APolygonWithoutAGoodPartIsAbsent) {
  const OpenedAnnotations loaded = read(one_video(
      "[" + annotation("[[[0, 0, 1, 0, 1], [1, 1, 2, 2]], " + std::string(kPixel) + "]") + "]"));
  EXPECT_EQ(
      text(loaded.faults),
      "video 1 (dogs), annotation 7, frame 0: part 1 of 2: a polygon has an odd number of "
      "coordinates; the object is absent from this frame\nvideo 1 (dogs), annotation 7, frame "
      "0: part 2 of 2: a polygon has 2 points, expected at least three; the object is absent "
      "from this frame\n");
  EXPECT_FALSE(loaded.file.annotations.at(0).masks[0]);
}

TEST_F(Annotations, CountsOfPrintedBytesAreReadAndReported) {
  // `json` makes double quotes of single ones, which Python prints where the bytes have a single
  // one.
  const OpenedAnnotations loaded =
      read(one_video("[" + annotation("[{'size': [2, 4], 'counts': 'b\\'017\\''}, null]") + "]"));
  EXPECT_EQ(
      text(loaded.faults),
      "video 1 (dogs), annotation 7, frame 0: counts are bytes as Python prints them, b'...'; "
      "they are read as these bytes\n");
  EXPECT_EQ(loaded.file.annotations.at(0).masks[0], (MaskRle{{2, 4}, {0, 1, 7}}));
}

TEST_F(Annotations, IdsMayBeTextOfDigits) {
  const OpenedAnnotations loaded =
      read(json("{'videos': [{'id': '1', 'width': 4, 'height': 2, 'length': 1, 'file_names': "
                "['a/0.jpg']}], 'categories': [{'id': '3', 'name': 'dog'}], 'annotations': [{'id': "
                "'7', 'video_id': 1, 'category_id': '3', 'iscrowd': 0, 'areas': [1], "
                "'segmentations': [" +
                std::string(kPixel) + "]}]}"));
  EXPECT_EQ(text(loaded.faults), "");
  EXPECT_EQ(loaded.file.annotations.at(0).id, 7);
  EXPECT_THAT(refusal(json("{'videos': [{'id': '6f9619ff-8b86-d011-b42d-00cf4fc964ff'}]}")),
              HasSubstr("videos[0], id: expected an integer, found "
                        "'6f9619ff-8b86-d011-b42d-00cf4fc964ff'; ids are integers"));
  EXPECT_THAT(refusal(json("{'videos': [{'id': 18446744073709551615}]}")),
              HasSubstr("it is too large: use integers of at most 15 digits"));
}

TEST_F(Annotations, ManyFramesWithTheSameFaultAreCounted) {
  std::string masks;
  for (int i = 0; i < 10'000; ++i) masks += i % 2 ? "0," : "'x',";
  const OpenedAnnotations loaded =
      read(one_video("[" + annotation("[" + masks + kPixel + "]") + "]"));
  const std::vector<std::string> lines = fault_lines(loaded.faults);
  EXPECT_THAT(
      lines,
      testing::IsSupersetOf(
          {testing::StrEq("5000 masks: expected an RLE mask, polygons or null, found 'x'; the "
                          "object is absent from this frame; the first: video 1 (dogs), "
                          "annotation 7, frame 0"),
           testing::StrEq("5000 masks: expected an RLE mask, polygons or null, found 0; the "
                          "object is absent from this frame; the first: video 1 (dogs), "
                          "annotation 7, frame 1")}));
  EXPECT_LT(loaded.faults.size(), 10u);
}

TEST_F(Annotations, FilesThatAreSomethingElseAreNamed) {
  EXPECT_THAT(refusal("<html><body>Google Drive - Virus scan warning</body></html>"),
              HasSubstr("file.json: is not valid JSON at byte 1: the file is an HTML page; "));
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty"));
  EXPECT_EQ(read("\xEF\xBB\xBF" + one_video("[]")).file.videos.size(), 1u);
}
