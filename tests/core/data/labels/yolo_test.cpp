// YOLO's text files, and pictures of folders of labels.

#include <gmock/gmock.h>

#include "core/data/labels/label_test.h"
#include "data/labels/label_pictures.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

class Yolo : public testing::Test {
 protected:
  void SetUp() override {
    CLIPWORK_NEEDS_VIDEO();
    load_plugins();
  }
  ScratchFolder scratch_;

  void picture(const std::string& name, int width = 20, int height = 10) {
    scratch_.write("set/" + name, ppm(width, height));
  }
  void labels(const std::string& name, const std::string& lines) {
    scratch_.write("set/" + name, lines);
  }
  LabelSource source() const {
    LabelSource source;
    source.path = scratch_.path() / "set";
    return source;
  }
  LabelledData read() const { return read_yolo(source()); }
};

/// The left half of the picture.
const char* const kHalf = "0 0 0 0.5 0 0.5 1 0 1";

}  // namespace

TEST_F(Yolo, ReadsPolygonsOfPicturesInSharesOfTheirSize) {
  picture("images/a.ppm");
  picture("images/b.ppm", 40, 30);
  picture("images/background.ppm");
  labels("labels/a.txt", std::string(kHalf) + "\n1  0.5 0 1 0 1 0.5 0.5 0.5 \n");
  labels("labels/b.txt", std::string(kHalf) + "\r\n");
  labels("data.yaml", "path: .\ntrain: images\nnc: 2\nnames: ['cat', \"do'g\"]\n");
  const LabelledData data = read();
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.images, scratch_.path().string());
  EXPECT_EQ(data.file.videos.size(), 3u) << "a picture without a label file has no objects";
  EXPECT_EQ(data.file.videos.at(0).files.at(0), "set/images/a.ppm");
  EXPECT_THAT(
      track_lines(data.file),
      ElementsAre("set/images/a cat 0:100", "set/images/a do'g 0:50", "set/images/b cat 0:600"));
}

TEST_F(Yolo, TakesAnOddNumberAtTheEndForATrackId) {
  picture("images/video_2.ppm");
  picture("images/video_10.ppm");
  labels("labels/video_2.txt", std::string(kHalf) + " 7\n");
  labels("labels/video_10.txt", std::string(kHalf) + " 7\n0 0.75 0.5 0.5 1 8\n");
  const LabelledData data = read();
  EXPECT_EQ(text(data.faults), "");
  EXPECT_THAT(data.file.videos.at(0).files,
              ElementsAre("set/images/video_2.ppm", "set/images/video_10.ppm"));
  EXPECT_THAT(track_lines(data.file), ElementsAre("set class 0 0:100 1:100", "set class 0 1:100"));
  EXPECT_EQ(data.file.annotations.at(0).id, 7);
  EXPECT_THAT(join(data.remarks), HasSubstr("classes are called by their numbers"));
}

TEST_F(Yolo, ReadsClassesOfATableAndOfAList) {
  picture("images/a.ppm");
  labels("labels/a.txt", std::string(kHalf) + "\n2 0 0 0.5 0 0.5 0.5 0 0.5\n5 0 0 1 0 1 1\n");
  labels("data.yaml", "names:\n  0: cat\n  2: \"big: dog\"\n");
  EXPECT_THAT(track_lines(read().file),
              ElementsAre("set/images/a big: dog 0:50", "set/images/a cat 0:100"));
  EXPECT_SAYS(text(read().faults), "there is no class 5 in a list of 3");
  fs::remove(scratch_.path() / "set/data.yaml");
  labels("classes.txt", "cat\ndog\nbird\n");
  EXPECT_EQ(read().file.categories.at(2).name, "bird");
  LabelSource named = source();
  named.classes = {"a", "b", "c"};
  EXPECT_EQ(read_yolo(named).file.categories.at(2).name, "c");
}

TEST_F(Yolo, FindsThePicturesOfSplitsAndVideos) {
  picture("images/train/v1/0.ppm");
  picture("train/images/0.ppm");
  labels("labels/train/v1/0.txt", kHalf);
  labels("train/labels/0.txt", kHalf);
  const LabelledData data = read();
  EXPECT_EQ(text(data.faults), "");
  EXPECT_THAT(track_lines(data.file), ElementsAre("set/images/train/v1/0 class 0 0:100",
                                                  "set/train/images/0 class 0 0:100"));
}

TEST_F(Yolo, ReadsLabelsBesidePicturesAndPicturesOfAnotherFolder) {
  picture("a.ppm");
  labels("a.txt", kHalf);
  EXPECT_EQ(read().file.annotations.size(), 1u);
  scratch_.write("pictures/b.ppm", ppm(20, 10));
  labels("labels/b.txt", kHalf);
  LabelSource other = source();
  other.path = scratch_.path() / "set/labels";
  other.images = (scratch_.path() / "pictures").string();
  EXPECT_THAT(track_lines(read_yolo(other).file), testing::Contains("b class 0 0:100"));
}

TEST_F(Yolo, SaysWhichLineIsFaulty) {
  picture("images/a.ppm");
  labels("labels/a.txt",
         std::string(kHalf) +
             "\ncat 0 0 1 0 1 1\n0 0 0 1\n0 0 0 1 0 1 x\n0 12 3 15 3 15 9\n0 0 0 1 0 1 1 0.5\n"
             "0 0 0 1 0 1 1 0.9 3\n0 0.1 0.1 0.1 0.1 0.1 0.1\n");
  labels("labels/c.txt", kHalf);
  const std::string faults = text(read().faults);
  EXPECT_SAYS(faults, "a.txt:2: expected a class number, found 'cat'");
  EXPECT_SAYS(faults, "a.txt:3: expected \"class x1 y1 x2 y2 x3 y3 ...\"");
  EXPECT_SAYS(faults, "a.txt:4: expected a number, found 'x'");
  EXPECT_SAYS(faults, "a.txt:5: expected coordinates from 0 to 1, found 12");
  EXPECT_SAYS(faults, "a.txt:6: has an odd number of coordinates, and '0.5' at the end is not a");
  EXPECT_SAYS(faults, "a.txt:7: expected coordinates from 0 to 1, found 3; a confidence and a");
  EXPECT_SAYS(faults, "the shape covers no pixel");
  EXPECT_SAYS(faults, "c.txt: there is no picture 'c' in");
}

TEST_F(Yolo, ReportsPicturesAndYamlThatCannotBeRead) {
  picture("images/a.ppm");
  scratch_.write("set/images/b.jpg", "no picture");
  labels("labels/a.txt", kHalf);
  labels("labels/b.txt", kHalf);
  EXPECT_SAYS(text(read().faults), "b.jpg: ");
  EXPECT_EQ(read().file.annotations.size(), 1u);
  labels("data.yaml", "names: [a, b\n");
  EXPECT_SAYS(error_of<InputError>([&] { read(); }), "data.yaml: cannot be read as YAML: line");
  labels("data.yaml", "nc: 2\n");
  EXPECT_SAYS(error_of<InputError>([&] { read(); }), "data.yaml: ");
  labels("data.yaml", "names: {99999999999: a}\n");
  EXPECT_SAYS(error_of<InputError>([&] { read(); }), "the class number 99999999999");
}

TEST_F(Yolo, WritesWhatItReads) {
  const Size size{333, 777};
  AnnotationFile file;
  file.annotated = true;
  file.categories = {{3, "cat: a"}, {5, "dog"}};
  file.videos = {{1, "v", size, 2, {"v/0.ppm", "v/1.ppm"}}};
  AnnotationFile::Annotation one;
  one.id = 4;
  one.video = 1;
  one.category = 5;
  one.crowd = false;
  const MaskRle ring = rectangles(
      size, {{4, 4, 20, 6}, {4, 10, 20, 12}, {4, 6, 6, 10}, {18, 6, 20, 10}, {400, 300, 777, 333}});
  one.masks = {ring, ring};
  file.annotations.push_back(one);
  LabelOutput output;
  output.path = scratch_.path() / "out";
  output.track_ids = true;
  write_yolo(output, file);
  for (const char* name : {"0", "1"}) {
    scratch_.write(cat("out/images/v/", name, ".ppm"), ppm(777, 333));
  }
  LabelSource back;
  back.path = output.path;
  LabelledData data = read_yolo(back);
  EXPECT_EQ(text(data.faults), "");
  ASSERT_EQ(data.file.annotations.size(), 1u);
  EXPECT_EQ(data.file.annotations[0].id, 4);
  EXPECT_EQ(data.file.annotations[0].masks, file.annotations[0].masks);
  EXPECT_EQ(data.file.categories.at(1).name, "dog");
  EXPECT_EQ(data.file.categories.at(0).name, "cat: a");

  fs::remove_all(output.path);
  output.track_ids = false;
  EXPECT_THAT(join(write_yolo(output, file)), HasSubstr("YOLO has no track ids"));
  const std::string line = read_file(output.path / "labels/v/0.txt");
  EXPECT_EQ(std::count(line.begin(), line.end(), ' ') % 2, 0) << line;
}
