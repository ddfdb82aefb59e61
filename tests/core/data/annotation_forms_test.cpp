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
