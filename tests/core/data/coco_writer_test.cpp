#include <clipwork/host/label_files.h>
#include <rapidjson/document.h>

#include "core/data/labels/label_test.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

constexpr Size kSize{36, 64};

AnnotationFile two_videos(int64_t length) {
  AnnotationFile file;
  file.annotated = true;
  file.categories = {{3, "dog"}, {4, "cat"}};
  for (const int64_t id : {2, 7}) {
    AnnotationFile::Video video{id, cat("v", id), kSize, length, {}};
    for (int64_t t = 0; t < length; ++t) video.files.push_back(cat("v", id, "/", t, ".jpg"));
    file.videos.push_back(video);
    AnnotationFile::Annotation one;
    one.id = 10 + id;
    one.video = id;
    one.category = id == 2 ? 3 : 4;
    one.crowd = id == 7;
    one.masks.resize(static_cast<size_t>(length));
    one.masks.back() = rectangles(kSize, {{0, 0, double(id), 10}});
    file.annotations.push_back(one);
  }
  return file;
}

}  // namespace

TEST(CocoWriter, WritesVideosAsImagesWithVideoAndTrackIdsThatAreReadAgain) {
  const ScratchFolder scratch;
  const AnnotationFile file = two_videos(3);
  EXPECT_TRUE(write_coco(scratch.path() / "a.json", file).empty());
  const OpenedAnnotations opened = open_annotations((scratch.path() / "a.json").string());
  EXPECT_EQ(opened.form, AnnotationForm::frames);
  EXPECT_EQ(text(opened.faults), "");
  EXPECT_EQ(track_lines(opened.file), track_lines(file));
  EXPECT_EQ(opened.file.videos.at(1).id, 7);
  EXPECT_EQ(opened.file.videos.at(1).files, file.videos[1].files);
  EXPECT_EQ(opened.file.annotations.at(0).track, 12);
  EXPECT_EQ(opened.file.annotations.at(1).crowd, true);
  EXPECT_EQ(opened.file.annotations.at(0).masks, file.annotations[0].masks);
}

TEST(CocoWriter, WritesPicturesWithTheirIdsAndNoVideos) {
  const ScratchFolder scratch;
  const AnnotationFile file = two_videos(1);
  write_coco(scratch.path() / "a.json", file);
  const OpenedAnnotations opened = open_annotations((scratch.path() / "a.json").string());
  EXPECT_EQ(opened.form, AnnotationForm::pictures);
  EXPECT_EQ(text(opened.faults), "");
  EXPECT_EQ(opened.file.videos.at(1).id, 7);
  EXPECT_EQ(opened.file.annotations.at(1).id, 17);
  EXPECT_EQ(opened.file.annotations.at(1).masks, file.annotations[1].masks);
}

TEST(CocoWriter, SaysThatDegreesOfOcclusionAreLost) {
  const ScratchFolder scratch;
  AnnotationFile file = two_videos(2);
  file.annotations[0].occlusion = {0.25, std::nullopt};
  EXPECT_EQ(write_coco(scratch.path() / "a.json", file).size(), 1u);
}
