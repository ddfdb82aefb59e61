// Annotation files: every form that is read, and every trap that is known.

#include <clipwork/error.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class Annotations : public testing::Test {
 protected:
  ScratchFolder scratch_;
  Loaded read(const std::string& content) { return load(scratch_.write("file.json", content)); }
  std::string refusal(const std::string& content) {
    try {
      read(content);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }
};

}  // namespace

TEST_F(Annotations, AllFormsOfAMaskBecomeTheSameRunLengths) {
  const Loaded loaded = read(one_video(
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

TEST_F(Annotations, MayStandBeforeTheVideosThatTheyNeed) {
  const Loaded loaded = read(json(
      "{'annotations': [" + annotation("[[[0, 0, 1, 0, 1, 1, 0, 1]], null]") +
      "], 'categories': [{'id': 3, 'name': 'dog'}], 'videos': [{'id': 1, 'width': 4, "
      "'height': 2, 'length': 2, 'file_names': ['a/0.jpg', 'a/1.jpg']}], 'info': {'x': [[1]]}}"));
  EXPECT_EQ(text(loaded.faults), "");
  EXPECT_EQ(loaded.file.annotations.at(0).masks.at(0)->area(), 1);
}

TEST_F(Annotations, ThatAreNullAreNoAnnotationsAndNoFault) {
  const Loaded loaded = read(one_video("null"));
  EXPECT_FALSE(loaded.file.annotated);
  EXPECT_EQ(text(loaded.faults), "");
  EXPECT_TRUE(read(one_video("[]")).file.annotated);
}

TEST_F(Annotations, ANullOrEmptySegmentationMeansNotThere) {
  const Loaded loaded =
      read(one_video("[" + annotation(std::string("[[], ") + kPixel + "]") + "]"));
  EXPECT_EQ(text(loaded.faults), "");
  EXPECT_FALSE(loaded.file.annotations[0].masks[0]);
  EXPECT_TRUE(loaded.file.annotations[0].masks[1]);
}

TEST_F(Annotations, ATrackWithoutAnyMaskIsLeftOut) {
  for (const char* masks : {"null", "[]", "[null, null]", "[null, []]"}) {
    const Loaded loaded = read(one_video("[" + annotation(masks) + "]"));
    EXPECT_EQ(text(loaded.faults),
              "video 1 (dogs), annotation 7: has no mask in any frame; it is left out\n")
        << masks;
    EXPECT_TRUE(loaded.file.annotations.empty());
  }
}

TEST_F(Annotations, MissingAreasAndIscrowdAreFilledIn) {
  const Loaded loaded =
      read(one_video(std::string("[{'id': 7, 'video_id': 1, 'category_id': 3, 'segmentations': [") +
                     kPixel + ", null]}]"));
  EXPECT_EQ(text(loaded.faults),
            "video 1 (dogs), annotation 7: has no iscrowd; it is not a crowd\n"
            "video 1 (dogs), annotation 7: has no areas; they are computed from the masks\n");
  EXPECT_EQ(loaded.file.annotations[0].areas->at(0), 1.0);
  EXPECT_FALSE(loaded.file.annotations[0].areas->at(1));
}

TEST_F(Annotations, IdsThatAre0OrDoubledAreRenumbered) {
  const std::string masks = std::string("[") + kPixel + ", null]";
  const Loaded loaded =
      read(one_video("[" + annotation(masks, "", "0") + "," + annotation(masks, "", "5") + "," +
                     annotation(masks, "", "5") + "]"));
  EXPECT_THAT(text(loaded.faults), HasSubstr("annotation 0: the id 0 reads as 'no match'"));
  EXPECT_THAT(text(loaded.faults), HasSubstr("annotation 5: duplicate id; its id is now 7"));
  EXPECT_EQ(loaded.file.annotations[0].id, 6);
  EXPECT_EQ(loaded.file.annotations[1].id, 5);
  EXPECT_EQ(loaded.file.annotations[2].id, 7);
}

TEST_F(Annotations, TheGreatestIdLeavesRoomForNewOnes) {
  const std::string masks = std::string("[") + kPixel + ", null]";
  const Loaded loaded =
      read(one_video("[" + annotation(masks, "", "9223372036854775807") + "," +
                     annotation(masks, "", "0") + "," + annotation(masks, "", "1") + "]"));
  EXPECT_EQ(loaded.file.annotations[1].id, 2);
}

TEST_F(Annotations, AMaskBesideAListOfMasksReplacesItsPolygonsToo) {
  const Loaded loaded = read(one_video(
      "[" + annotation("[null, [[0, 0, 1, 0, 1, 1, 0, 1]]]", ", 'segmentation': null") + "]"));
  EXPECT_THAT(text(loaded.faults), HasSubstr("has no mask in any frame"));
}

TEST_F(Annotations, BareNumbersOfPythonAreReadAndSuchAnAreaIsThatOfTheMask) {
  const Loaded loaded = read(one_video(
      "[" + annotation(std::string("[") + kPixel + ", null]", ", 'areas': [NaN, Infinity]") + "]"));
  EXPECT_THAT(text(loaded.faults),
              HasSubstr("annotation 7, frame 0: its area is nan; it is computed from the mask"));
  EXPECT_EQ(loaded.file.annotations[0].areas->at(0), 1.0);
  EXPECT_FALSE(loaded.file.annotations[0].areas->at(1));
}

TEST_F(Annotations, OfUnknownVideosAndCategoriesAreLeftOut) {
  const std::string masks = std::string("'segmentations': [") + kPixel + ", null]";
  const Loaded loaded = read(one_video("[{'id': 1, 'video_id': 9, 'category_id': 3, " + masks +
                                       "}, {'id': 2, 'video_id': 1, 'category_id': 2, " + masks +
                                       "}, {'id': 3, 'category_id': 3, " + masks + "}]"));
  EXPECT_EQ(text(loaded.faults),
            "video 9, annotation 1: unknown video; it is left out\n"
            "video 1 (dogs), annotation 2: unknown category 2; it is left out\n"
            "annotation 3: has no video_id; it is left out\n");
}

TEST_F(Annotations, ListsOfTheWrongLengthAreCutOrFilled) {
  const std::string pixel = kPixel;
  Loaded loaded = read(one_video("[" + annotation("[" + pixel + "]") + "]"));
  EXPECT_THAT(text(loaded.faults),
              StartsWith("video 1 (dogs), annotation 7: segmentations has 1 "
                         "entries, the video 2 frames; the remaining entries"));
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

TEST_F(Annotations, AMaskThatIsNoneIsNamedWithItsFrame) {
  const std::pair<const char*, const char*> masks[] = {
      {"{'size': [2, 4], 'counts': [0, 1, 8]}", "pixels"},
      {"{'size': [2, 4], 'counts': [0, -1, 9]}", "negative"},
      {"{'size': [2, 4], 'counts': [0, 1.5, 6.5]}", "integer"},
      {"{'size': [2, 4], 'counts': '~~'}", "characters"},
      {"{'size': [2], 'counts': [8]}", "no size"},
      {"{'size': [2, 4]}", "no counts"},
      {"{'size': [2, 4], 'counts': [[8]]}", "number"},
      {"{'size': [2, 3], 'counts': [0, 1, 5]}", "the mask is 3 x 2, the video 4 x 2"},
      {"{'size': [2000000000, 2000000000], 'counts': [1]}", "invalid mask size"},
      {"[[0, 0, 1, 1]]", "three points"},
      {"[0, 0, 1, 1, 2, 2]", "number"},
      {"'mask'", "no mask"},
      {"5", "no mask"},
  };
  for (const auto& [mask, problem] : masks) {
    const Loaded loaded =
        read(one_video("[" + annotation(std::string("[") + kPixel + ", " + mask + "]") + "]"));
    EXPECT_THAT(text(loaded.faults), StartsWith("video 1 (dogs), annotation 7, frame 1: ")) << mask;
    EXPECT_THAT(text(loaded.faults), HasSubstr(problem)) << mask;
    EXPECT_THAT(text(loaded.faults), HasSubstr("; the object is absent from this frame")) << mask;
    ASSERT_EQ(loaded.file.annotations.size(), 1u) << mask;
    EXPECT_FALSE(loaded.file.annotations[0].masks[1]) << mask;
  }
}

TEST_F(Annotations, OcclusionIsReadAsTheEvaluatorsNumbers) {
  const Loaded loaded = read(one_video("[" +
                                       annotation(std::string("[") + kPixel + ", " + kPixel + "]",
                                                  ", 'occlusion': ['slight_occlusion', 'none']") +
                                       "]"));
  EXPECT_EQ(loaded.file.annotations[0].occlusion[0], 0.25);
  EXPECT_FALSE(loaded.file.annotations[0].occlusion[1]);
  EXPECT_THAT(text(loaded.faults), HasSubstr("frame 1: the occlusion 'none' is not known"));
}

TEST_F(Annotations, FileNamesThatLeaveTheirFolderLeaveTheVideoOut) {
  for (const char* name : {"../secret.jpg", "/etc/passwd", "a/../../b.jpg", ""}) {
    const Loaded loaded = read(json(std::string("{'videos': [{'id': 1, 'width': 4, 'height': 2, "
                                                "'length': 1, 'file_names': ['") +
                                    name +
                                    "']}], 'categories': [], 'annotations': [{'id': 1, "
                                    "'video_id': 1, 'category_id': 1}]}"));
    EXPECT_THAT(text(loaded.faults), HasSubstr("leads out of the image folder; the video is left"));
    EXPECT_EQ(loaded.faults.size(), 1u) << "its annotations are not reported as well";
    EXPECT_TRUE(loaded.file.videos.empty()) << name;
  }
}

TEST_F(Annotations, VideosThatCannotBeAreLeftOut) {
  const std::pair<const char*, const char*> videos[] = {
      {"{'width': 4, 'height': 2, 'length': 1}", "has no id"},
      {"{'id': 2, 'length': 1}", "its size is 0 x 0"},
      {"{'id': 2, 'width': 4, 'height': -2, 'length': 1}", "its size is 4 x -2"},
      {"{'id': 2, 'width': 4, 'height': 2}", "has neither length nor files"},
      {"{'id': 2, 'width': 4, 'height': 2, 'length': 1000000000}", "its length is 1000000000"},
  };
  for (const auto& [video, problem] : videos) {
    const Loaded loaded = read(json(std::string("{'videos': [") + video + "]}"));
    EXPECT_THAT(text(loaded.faults), HasSubstr(problem));
    EXPECT_TRUE(loaded.file.videos.empty()) << video;
  }
}

TEST_F(Annotations, AVideoWithoutLengthAndSizeHasThoseOfItsMasks) {
  const Loaded loaded = read(
      json("{'videos': [{'id': 1}], 'categories': [{'id': 3, 'name': 'dog'}], 'annotations': [" +
           annotation(std::string("[null, ") + kPixel + "]") + "]}"));
  EXPECT_EQ(text(loaded.faults),
            "video 1: has no width and height; it is 4 x 2, the size of its first mask\n"
            "video 1: lists no picture files; its frames cannot be read\n"
            "video 1: has neither length nor files; it has 2 frames, the length of its longest "
            "list of masks\n");
  EXPECT_EQ(loaded.file.videos.at(0).length, 2);
  EXPECT_EQ(loaded.file.annotations.at(0).masks.size(), 2u);
}

TEST_F(Annotations, AVideoIsAsLongAsItsListOfPictures) {
  const Loaded loaded =
      read(json("{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 1, "
                "'file_names': ['a/0.jpg', 'a/1.jpg']}]}"));
  EXPECT_EQ(text(loaded.faults),
            "video 1 (a): its length is 1, but it lists 2 files; it has 2 frames\n");
  EXPECT_EQ(loaded.file.videos[0].length, 2);
}

TEST_F(Annotations, AreRefusedWithTheirPlaceWhereAFieldIsOfAnotherKind) {
  EXPECT_THAT(refusal(one_video("[" + annotation("[null, null]", ", 'video_id': 'x'") + "]")),
              HasSubstr("annotations[0].video_id: expected an integer, found a string"));
  EXPECT_THAT(refusal(one_video("[" + annotation("7") + "]")),
              HasSubstr("annotations[0].segmentations: expected a list, found a number"));
  EXPECT_THAT(refusal(one_video("{}")), HasSubstr("annotations: an object stands where a list"));
  EXPECT_THAT(refusal(json("{'videos': [{'id': 1.5}]}")),
              HasSubstr("videos[0].id: expected an integer, found a fraction"));
  EXPECT_THAT(refusal("[]"), HasSubstr("a file with a list at the top level is a results file"));
  EXPECT_THAT(refusal("{}"), HasSubstr("neither videos nor images"));
  EXPECT_THAT(refusal("{\"videos\": [}"), HasSubstr("byte 13: is not valid JSON"));
  EXPECT_THAT(refusal(""), HasSubstr("is not valid JSON"));
}

TEST_F(Annotations, AHundredThousandNestedBracketsAreAnErrorAndNotACrash) {
  const std::string deep(100'000, '[');
  EXPECT_THAT(refusal(deep), HasSubstr("a list stands where"));
  EXPECT_THAT(refusal("{\"info\": " + deep), HasSubstr("is not valid JSON"));
  EXPECT_THAT(refusal(json("{'videos': " + deep)), HasSubstr("videos[0]: a list stands where"));
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

TEST_F(Annotations, AreTheSameAfterBeingWrittenAndReadAgain) {
  const Loaded first =
      read(one_video("[" +
                     annotation("[[[0, 0, 2, 0, 2, 2, 0, 2]], null]",
                                ", 'areas': [3.5, null], 'occlusion': ['severe_occlusion', null]") +
                     "]"));
  const auto copy = scratch_.path() / "copy.json";
  write_annotations(copy, first.file);
  const Loaded again = load(copy);
  EXPECT_EQ(text(again.faults), "");
  EXPECT_EQ(again.file.annotations.at(0).masks, first.file.annotations[0].masks);
  EXPECT_EQ(again.file.annotations[0].areas, first.file.annotations[0].areas);
  EXPECT_EQ(again.file.annotations[0].occlusion, first.file.annotations[0].occlusion);
  EXPECT_EQ(again.file.videos[0].files, first.file.videos[0].files);
  rapidjson::Document document;
  document.Parse(read_file(copy).c_str());
  EXPECT_EQ(document["annotations"][0]["bboxes"][0][2].GetInt(), 2);
}

TEST_F(Annotations, OfFramesWithTrackIdsBecomeTracksOfVideos) {
  Loaded loaded;
  const auto file = scratch_.write(
      "coco.json",
      json("{'images': [{'id': 11, 'video_id': 5, 'frame_id': 1, 'file_name': 'v/b.jpg', 'width': "
           "4, 'height': 2}, {'id': 10, 'video_id': 5, 'frame_id': 0, 'file_name': 'v/a.jpg', "
           "'width': 4, 'height': 2}], 'categories': [{'id': 1, 'name': 'x'}], 'annotations': ["
           "{'id': 1, 'image_id': 11, 'track_id': 3, 'category_id': 1, 'iscrowd': 0, 'area': 2, "
           "'segmentation': [[0, 0, 1, 0, 1, 2, 0, 2]]}, "
           "{'id': 2, 'image_id': 10, 'instance_id': 3, 'category_id': 1, 'iscrowd': 0, 'area': 1,"
           "'segmentation': {'size': [2, 4], 'counts': [0, 1, 7]}}, "
           "{'id': 3, 'image_id': 10, 'category_id': 1, 'iscrowd': 0, 'area': 1, "
           "'segmentation': {'size': [2, 4], 'counts': [0, 1, 7]}}]}"));
  loaded.file = read_annotations(file.string(), loaded.faults);
  frames_to_videos(loaded.file, loaded.faults);
  mend(loaded.file, loaded.faults);
  EXPECT_EQ(text(loaded.faults),
            "image 10, annotation 3: has no track_id or instance_id; it is left out\n");
  ASSERT_EQ(loaded.file.videos.size(), 1u);
  EXPECT_THAT(loaded.file.videos[0].files, testing::ElementsAre("v/a.jpg", "v/b.jpg"));
  ASSERT_EQ(loaded.file.annotations.size(), 1u);
  EXPECT_EQ(loaded.file.annotations[0].masks[0]->area(), 1);
  EXPECT_EQ(loaded.file.annotations[0].masks[1]->area(), 2);
}

TEST(DataPaths, BelowTheRootOrRefused) {
  ScratchFolder scratch;
  scratch.write("root/a.jpg", "");
  scratch.write("secret.jpg", "");
  const auto root = scratch.path() / "root";
  std::filesystem::create_symlink("../secret.jpg", root / "link.jpg");
  std::filesystem::create_symlink("a.jpg", root / "inside.jpg");
  EXPECT_EQ(below(root, "a.jpg"), root / "a.jpg");
  EXPECT_EQ(below(root, "inside.jpg"), root / "inside.jpg");
  EXPECT_THROW(below(root, "../secret.jpg"), InputError);
  EXPECT_THROW(below(root, (scratch.path() / "secret.jpg").string()), InputError);
  EXPECT_THROW(below(root, "link.jpg"), InputError);
}

TEST(DataPaths, RelativeOnesAreLookedForBelowTheDataFolderFirst) {
  ScratchFolder scratch;
  scratch.write("data/x.json", "");
  const WorkingFolder here(scratch.path());
  ::setenv("CLIPWORK_DATA", (scratch.path() / "data").c_str(), 1);
  EXPECT_EQ(find_data("x.json"), (scratch.path() / "data/x.json").string());
  ::unsetenv("CLIPWORK_DATA");
  EXPECT_EQ(find_data("data/x.json"), "data/x.json");
  EXPECT_THROW(find_data("x.json"), InputError);
}
