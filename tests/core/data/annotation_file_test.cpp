// Annotation files, opened.

#include <clipwork/data/annotation_file.h>
#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;

namespace {

class Opened : public testing::Test {
 protected:
  ScratchFolder scratch_;
  OpenedAnnotations open(const std::string& content, std::optional<AnnotationForm> form = {}) {
    return open_annotations(scratch_.write("file.json", json(content)).string(), form);
  }
};

/// Two images; `more` are members of each.
std::string images(const std::string& more) {
  std::string all;
  for (const char* id : {"1", "2"}) {
    all += cat(all.empty() ? "" : ", ", "{'id': ", id, ", 'file_name': 'v/", id,
               ".jpg', 'width': 4, 'height': 2", more, "}");
  }
  return "{'images': [" + all + "], 'categories': [], 'annotations': []}";
}

}  // namespace

TEST_F(Opened, HaveTheFormOfTheirEntries) {
  const OpenedAnnotations videos = open(one_video("[]"));
  EXPECT_EQ(videos.form, AnnotationForm::videos);
  const OpenedAnnotations frames = open(images(", 'video_id': 3"));
  EXPECT_EQ(frames.form, AnnotationForm::frames);
  ASSERT_EQ(frames.file.videos.size(), 1u);
  EXPECT_EQ(frames.file.videos[0].length, 2);
  const OpenedAnnotations pictures = open(images(""));
  EXPECT_EQ(pictures.form, AnnotationForm::pictures);
  EXPECT_EQ(pictures.file.videos.size(), 2u);
  EXPECT_TRUE(pictures.file.images.empty());
}

TEST_F(Opened, HaveTheFormThatIsAskedFor) {
  EXPECT_EQ(open(images(", 'video_id': 3"), AnnotationForm::pictures).file.videos.size(), 2u);
  try {
    open(one_video("[]"), AnnotationForm::pictures);
    FAIL() << "it was taken";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("file.json: has no images"));
  }
}

TEST_F(Opened, VideosStandForFramesWithTrackIdsToo) {
  EXPECT_EQ(open(images(", 'video_id': 3"), AnnotationForm::videos).form, AnnotationForm::frames);
  EXPECT_THAT(error_of<InputError>([&] { open(images(""), AnnotationForm::videos); }),
              HasSubstr("use the data set 'coco' for independent pictures"));
}

TEST_F(Opened, CountTheAnnotationsOfTheFileAndNameItInFaults) {
  const OpenedAnnotations opened = open(one_video("[" + annotation("null") + "]"));
  EXPECT_EQ(opened.listed, 1u);
  EXPECT_TRUE(opened.file.annotations.empty());
  ASSERT_EQ(opened.faults.size(), 1u);
  EXPECT_EQ(opened.faults[0].data, (scratch_.path() / "file.json").string());
}

TEST_F(Opened, NameFaultsByVideosThatComeLater) {
  const OpenedAnnotations opened =
      open("{'annotations': [" +
           annotation("[{'size': [2, 4], 'counts': [9]}, " + std::string(kPixel) + "]") +
           "], 'categories': [{'id': 3, 'name': 'dog'}], 'videos': [{'id': 1, 'width': 4, "
           "'height': 2, 'length': 2, 'file_names': ['dogs/0.jpg', 'dogs/1.jpg']}]}");
  EXPECT_THAT(text(opened.faults), testing::StartsWith("video 1 (dogs), annotation 7, frame 0: "));
}
