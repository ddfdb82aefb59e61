// COCO files as videos.

#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class Forms : public testing::Test {
 protected:
  ScratchFolder scratch_;
  OpenedAnnotations read(const std::string& content) {
    return open_annotations(scratch_.write("file.json", content).string());
  }
};

}  // namespace

TEST_F(Forms, OfFramesWithTrackIdsBecomeTracksOfVideos) {
  const OpenedAnnotations loaded = read(
      json("{'images': [{'id': 11, 'video_id': 5, 'frame_id': 1, 'file_name': 'v/b.jpg', 'width': "
           "4, 'height': 2}, {'id': 10, 'video_id': 5, 'frame_id': 0, 'file_name': 'v/a.jpg', "
           "'width': 4, 'height': 2}], 'categories': [{'id': 1, 'name': 'x'}], 'annotations': ["
           "{'id': 1, 'image_id': 11, 'track_id': 3, 'category_id': 1, 'iscrowd': 0, 'area': 2, "
           "'segmentation': [[0, 0, 1, 0, 1, 2, 0, 2]]}, "
           "{'id': 2, 'image_id': 10, 'instance_id': 3, 'category_id': 1, 'iscrowd': 0, 'area': 1,"
           "'segmentation': {'size': [2, 4], 'counts': [0, 1, 7]}}, "
           "{'id': 3, 'image_id': 10, 'category_id': 1, 'iscrowd': 0, 'area': 1, "
           "'segmentation': {'size': [2, 4], 'counts': [0, 1, 7]}}]}"));
  EXPECT_EQ(loaded.form, AnnotationForm::frames);
  EXPECT_EQ(text(loaded.faults),
            "image 10, annotation 3: has no track_id or instance_id; it is left out\n");
  ASSERT_EQ(loaded.file.videos.size(), 1u);
  EXPECT_THAT(loaded.file.videos[0].files, testing::ElementsAre("v/a.jpg", "v/b.jpg"));
  ASSERT_EQ(loaded.file.annotations.size(), 1u);
  EXPECT_EQ(loaded.file.annotations[0].masks[0]->area(), 1);
  EXPECT_EQ(loaded.file.annotations[0].masks[1]->area(), 2);
}

TEST_F(Forms, FrameNumbersAreReadUnderAllTheirNames) {
  for (const std::string key : {"frame_id", "frame_index", "frame"}) {
    const auto image = [&](int id, int frame, const char* file) {
      return cat("{'id': ", id, ", 'video_id': 5, '", key, "': ", frame, ", 'file_name': '", file,
                 "', 'width': 4, 'height': 2}");
    };
    const OpenedAnnotations loaded =
        read(json(cat("{'images': [", image(1, 9, "v/a.jpg"), ", ", image(2, 8, "v/b.jpg"),
                      "], 'categories': [], 'annotations': []}")));
    ASSERT_EQ(loaded.file.videos.size(), 1u) << key;
    EXPECT_THAT(loaded.file.videos[0].files, testing::ElementsAre("v/b.jpg", "v/a.jpg")) << key;
  }
}

TEST_F(Forms, PicturesAreVideosOfOneFrame) {
  const OpenedAnnotations loaded =
      read(json("{'images': [{'id': 11, 'file_name': 'v/b.jpg', 'width': 4, 'height': 2}], "
                "'categories': [{'id': 1, 'name': 'x'}], 'annotations': [{'id': 1, 'image_id': 11, "
                "'category_id': 1, 'iscrowd': 0, 'area': 2, 'segmentation': "
                "[[0, 0, 1, 0, 1, 2, 0, 2]]}]}"));
  EXPECT_EQ(loaded.form, AnnotationForm::pictures);
  EXPECT_EQ(text(loaded.faults), "");
  EXPECT_EQ(loaded.file.videos.at(0).name, "b");
  EXPECT_EQ(loaded.file.annotations.at(0).masks.at(0)->area(), 2);
}

TEST_F(Forms, AnObjectInTwoPartsOfAFrameIsJoinedAndBothAnnotationsAreNamed) {
  const auto object = [](int id, int image, const std::string& mask) {
    return cat(
        "{'id': ", id, ", 'image_id': ", image,
        ", 'track_id': 11, 'category_id': 1, 'iscrowd': 0, 'area': 1, 'segmentation': ", mask, "}");
  };
  const std::string first = "{'size': [2, 4], 'counts': [0, 1, 7]}",
                    last = "{'size': [2, 4], 'counts': [7, 1]}",
                    polygon = "[[0, 0, 1, 0, 1, 2, 0, 2]]",
                    other = "{'size': [4, 2], 'counts': [7, 1]}";
  const auto opened = [&](const std::string& a, const std::string& b) {
    return read(
        json("{'images': [{'id': 1, 'video_id': 5, 'frame_id': 0, 'file_name': 'v/a.jpg', "
             "'width': 4, 'height': 2}, {'id': 2, 'video_id': 5, 'frame_id': 1, "
             "'file_name': 'v/b.jpg', 'width': 4, 'height': 2}], 'categories': [{'id': 1, "
             "'name': 'x'}], 'annotations': [" +
             object(3, 1, a) + ", " + object(4, 2, first) + ", " + object(999, 1, b) + "]}"));
  };
  for (const auto& [a, b, counts] : {std::tuple{first, last, std::vector<uint32_t>{0, 1, 6, 1}},
                                     std::tuple{polygon, last, std::vector<uint32_t>{0, 2, 5, 1}},
                                     std::tuple{last, polygon, std::vector<uint32_t>{0, 2, 5, 1}},
                                     std::tuple{first, polygon, std::vector<uint32_t>{0, 2, 6}}}) {
    const OpenedAnnotations loaded = opened(a, b);
    EXPECT_EQ(text(loaded.faults),
              "image 1, annotation 999: track 11 is in this image already, as annotation 3; their "
              "masks are joined\n");
    ASSERT_EQ(loaded.file.annotations.size(), 1u);
    const MaskRle joined{{2, 4}, counts};
    EXPECT_EQ(loaded.file.annotations[0].masks[0], joined);
    EXPECT_EQ(loaded.file.annotations[0].areas->at(0), static_cast<double>(joined.area()));
    EXPECT_EQ(loaded.file.annotations[0].masks[1]->area(), 1);
  }
  const OpenedAnnotations differ = opened(first, other);
  EXPECT_THAT(
      text(differ.faults),
      testing::HasSubstr("annotation 3; the masks differ in size, so only the first is kept"));
  EXPECT_EQ(differ.file.annotations.at(0).masks[0]->area(), 1);
}

TEST_F(Forms, TracksOfAVeryLongVideoDoNotFillTheMemory) {
  std::string images, annotations;
  for (int i = 0; i < 5000; ++i) {
    images += cat(i ? "," : "", "{'id': ", i, ", 'video_id': 1, 'file_name': '", i,
                  "', 'width': 4, 'height': 2}");
  }
  for (int i = 0; i < 2000; ++i) {
    annotations += cat(i ? "," : "", "{'id': ", i + 1, ", 'image_id': 1, 'track_id': ", i,
                       ", 'category_id': 1, 'iscrowd': 0, 'segmentation': {'size': [2, 4], "
                       "'counts': [0, 1, 7]}}");
  }
  const OpenedAnnotations loaded = read(json("{'images': [" + images +
                                             "], 'categories': [{'id': 1, 'name': 'x'}], "
                                             "'annotations': [" +
                                             annotations + "]}"));
  EXPECT_LT(loaded.file.annotations.size(), 1000u);
  EXPECT_THAT(text(loaded.faults),
              testing::HasSubstr("its video has 5000 images, for which no more tracks fit into "
                                 "memory; it is left out"));
}

namespace {

/// Images of a file: names and further members.
using Images = std::vector<std::pair<std::string, std::string>>;

/// A file of these images, each with one pixel of the track with these members.
std::string tracked(const Images& images, const std::string& track = ", 'track_id': 3") {
  std::string all, annotations;
  for (size_t i = 0; i < images.size(); ++i) {
    const std::string between = i > 0 ? ", " : "";
    const auto& [name, members] = images[i];
    all += cat(between, "{'id': ", i + 1, ", 'file_name': '", name, "', 'width': 4, 'height': 2",
               members, "}");
    annotations +=
        cat(between, "{'id': ", i + 1, ", 'image_id': ", i + 1,
            ", 'category_id': 1, 'iscrowd': 0, 'area': 1, 'segmentation': ", kPixel, track, "}");
  }
  return json(cat("{'images': [", all,
                  "], 'categories': [{'id': 1, 'name': 'x'}], 'annotations': [", annotations,
                  "]}"));
}

}  // namespace

TEST_F(Forms, ImagesWithoutVideoIdsBecomeVideosByFolderAndNameWhereTracksSpanThem) {
  const OpenedAnnotations folders =
      read(tracked({{"v1/0.jpg", ""}, {"v1/1.jpg", ""}, {"v2/0.jpg", ""}, {"v2/1.jpg", ""}},
                   ", 'attributes': {'track_id': 0}"));
  EXPECT_EQ(folders.form, AnnotationForm::frames);
  EXPECT_EQ(text(folders.faults),
            "images: no image has a video_id; by their folders and names, the 4 images become 2 "
            "videos (the first: 'v1')\n");
  ASSERT_EQ(folders.file.videos.size(), 2u);
  EXPECT_EQ(folders.file.videos[1].name, "v2");
  ASSERT_EQ(folders.file.annotations.size(), 2u) << "a track of each video";
  EXPECT_TRUE(folders.file.annotations[0].masks.at(1));

  const OpenedAnnotations names = read(tracked(
      {{"frame_10.PNG", ""}, {"frame_9.PNG", ""}, {"frame_8.PNG", ""}, {"other_1.PNG", ""}}));
  ASSERT_EQ(names.file.videos.size(), 2u);
  EXPECT_EQ(names.file.videos[0].name, "frame");
  EXPECT_THAT(names.file.videos[0].files,
              testing::ElementsAre("frame_8.PNG", "frame_9.PNG", "frame_10.PNG"));
}

TEST_F(Forms, TrackIdsThatPicturesLoseAreReported) {
  const OpenedAnnotations opened = read(tracked({{"a.jpg", ""}, {"b.jpg", ""}}));
  EXPECT_EQ(opened.form, AnnotationForm::pictures);
  EXPECT_EQ(text(opened.faults),
            "images: no image has a video_id, but track ids occur in several images; every picture "
            "becomes a video of one frame, and the track ids are lost\n");
  const std::string file =
      scratch_.write("file.json", tracked({{"v/0.jpg", ""}, {"v/1.jpg", ""}})).string();
  const OpenedAnnotations asked = open_annotations(file, AnnotationForm::pictures);
  EXPECT_THAT(text(asked.faults), HasSubstr("no image has a video_id"));
  EXPECT_EQ(asked.file.videos.size(), 2u);
  EXPECT_EQ(text(read(tracked({{"v/0.jpg", ""}, {"v/1.jpg", ""}}, "")).faults), "");
}

TEST_F(Forms, FramesWithEqualOrMissingNumbersAreInTheOrderOfTheirNames) {
  const std::string same = ", 'video_id': 5, 'frame_id': 0";
  const OpenedAnnotations equal =
      read(tracked({{"v/10.jpg", same}, {"v/9.jpg", same}, {"v/8.jpg", same}}));
  EXPECT_EQ(text(equal.faults),
            "video 5 (v): several images have the same frame_id (the first: 0, of 'v/8.jpg' and "
            "'v/9.jpg'); these frames are in the order of their file names\n");
  EXPECT_THAT(equal.file.videos.at(0).files,
              testing::ElementsAre("v/8.jpg", "v/9.jpg", "v/10.jpg"));
  const OpenedAnnotations some =
      read(tracked({{"v/10.jpg", same}, {"v/9.jpg", ", 'video_id': 5"}}));
  EXPECT_EQ(text(some.faults),
            "video 5 (v): only 1 of 2 images have a frame_id; the frames are in the order of their "
            "file names\n");
  EXPECT_THAT(some.file.videos.at(0).files, testing::ElementsAre("v/9.jpg", "v/10.jpg"));
  EXPECT_EQ(
      text(read(tracked({{"v/10.jpg", ", 'video_id': 5"}, {"v/9.jpg", ", 'video_id': 5"}})).faults),
      "");
}

TEST_F(Forms, FramesNumberedInTheOrderOfTextAreReported) {
  const OpenedAnnotations opened = read(tracked({{"v/1.jpg", ", 'video_id': 5, 'frame_id': 0"},
                                                 {"v/10.jpg", ", 'video_id': 5, 'frame_id': 1"},
                                                 {"v/2.jpg", ", 'video_id': 5, 'frame_id': 2"}}));
  EXPECT_THAT(text(opened.faults), HasSubstr("sorted as text: 'v/10.jpg' before 'v/2.jpg'"));
}

TEST_F(Forms, SizesThatDifferWithinAVideoAreReported) {
  const OpenedAnnotations opened =
      read(tracked({{"v/0.jpg", ", 'video_id': 5"}, {"v/1.jpg", ", 'video_id': 5, 'width': 5"}}));
  EXPECT_THAT(text(opened.faults),
              HasSubstr("video 5 (v): 1 of 2 images have another size than 4x2 (the first: "
                        "'v/1.jpg', 5x2); a video has one size"));
}

TEST_F(Forms, ImagesWithOneIdAreReported) {
  const OpenedAnnotations opened =
      read(tracked({{"v/0.jpg", ", 'video_id': 5"}, {"v/1.jpg", ", 'video_id': 5, 'id': 1"}}));
  EXPECT_THAT(text(opened.faults), HasSubstr("image 'v/1.jpg': has the id of another image"));
  EXPECT_THAT(opened.file.videos.at(0).files, testing::ElementsAre("v/0.jpg"));
}

TEST_F(Forms, TwoEntriesOfOneTrackAreReported) {
  const std::string masks = std::string("[") + kPixel + ", null]";
  const OpenedAnnotations opened =
      read(one_video("[" + annotation(masks, ", 'track_id': 2") + ", " +
                     annotation(masks, ", 'track_id': 2", "8") + "]"));
  EXPECT_EQ(
      text(opened.faults),
      "video 1 (dogs), annotation 8: has the track_id 2 of video 1 (dogs), annotation 7; both "
      "are kept, as two tracks\n");
  EXPECT_EQ(opened.file.annotations.size(), 2u);
}
