// labelme's files, and what is common to label files: folders as videos, tracks, faults, budgets.

#include <gmock/gmock.h>

#include "core/data/labels/label_test.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

class Labelme : public testing::Test {
 protected:
  ScratchFolder scratch_;

  void write(const std::string& name, const std::string& shapes,
             const std::string& size = "'imageHeight': 36, 'imageWidth': 64") {
    scratch_.write("dogs/" + name + ".json",
                   json("{'version': '5.4.1', 'flags': {}, 'shapes': [" + shapes +
                        "], 'imagePath': '..\\\\frames\\\\" + name + ".jpg', 'imageData': null, " +
                        size + "}"));
  }
  static std::string shape(const std::string& label, const std::string& points,
                           const std::string& more = "") {
    return "{'label': '" + label + "', 'points': " + points + ", 'flags': {}" + more + "}";
  }
  LabelSource source() const {
    LabelSource source;
    source.path = scratch_.path() / "dogs";
    return source;
  }
  LabelledData read() const { return read_labelme(source()); }
};

/// A PNG picture of 1 bit, 3 x 2: "#.#" over ".#.".
const std::string kCrop =
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACAQAAAAC1D1u3AAAADElEQVR4nGNYwOAAAAIkAO"
    "Fz6zvyAAAAAElFTkSuQmCC";
const char* const kSquareLabel = "[[4, 4], [20, 4], [20, 16], [4, 16]]";

}  // namespace

TEST_F(Labelme, MakesTracksOfObjectsWithOneGroupId) {
  for (const char* name : {"00000", "00001", "00002"}) {
    write(name, shape("cat", kSquareLabel, ", 'group_id': 1, 'shape_type': 'polygon'"));
    scratch_.write("dogs/" + std::string(name) + ".jpg", "not opened");
  }
  const LabelledData data = read();
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.images, scratch_.path().string());
  EXPECT_THAT(data.file.videos.at(0).files,
              ElementsAre("dogs/00000.jpg", "dogs/00001.jpg", "dogs/00002.jpg"));
  EXPECT_EQ(data.file.videos[0].size, (Size{36, 64}));
  EXPECT_THAT(track_lines(data.file), ElementsAre("dogs cat 0:192 1:192 2:192"));
  EXPECT_EQ(data.file.annotations[0].masks[0], rectangles({36, 64}, {{4, 4, 20, 16}}));
}

TEST_F(Labelme, SortsFramesByTheNumbersInTheirNames) {
  for (const char* name : {"f10", "f9", "f100"}) {
    write(name, shape("cat", kSquareLabel, ", 'group_id': 1"));
  }
  EXPECT_THAT(read().file.videos.at(0).files,
              ElementsAre("dogs/f9.jpg", "dogs/f10.jpg", "dogs/f100.jpg"));
}

TEST_F(Labelme, MakesAPictureOfEachFrameWhereNoObjectHasAnId) {
  write("a", shape("cat", kSquareLabel) + "," + shape("dog", "[[0, 0], [4, 0], [4, 4]]"));
  write("b", shape("cat", kSquareLabel));
  const LabelledData data = read();
  EXPECT_EQ(data.file.videos.size(), 2u);
  EXPECT_EQ(data.file.annotations.size(), 3u);
  EXPECT_EQ(data.file.videos[0].name, "dogs/a");
  EXPECT_THAT(join(data.remarks), HasSubstr("no object has a track id"));
}

TEST_F(Labelme, TakesPicturesAsIndependentOnRequest) {
  write("a", shape("cat", kSquareLabel, ", 'group_id': 1"));
  write("b", shape("cat", kSquareLabel, ", 'group_id': 1"));
  LabelSource stills = source();
  stills.stills = true;
  EXPECT_EQ(read_labelme(stills).file.videos.size(), 2u);
}

TEST_F(Labelme, UnitesPartsOfOneLabelAndGroup) {
  write("a", shape("cat", kSquareLabel, ", 'group_id': 1") + "," +
                 shape("cat", "[[30, 4], [34, 4], [34, 8], [30, 8]]", ", 'group_id': 1") + "," +
                 shape("dog", "[[40, 4], [44, 4], [44, 8], [40, 8]]", ", 'group_id': 1"));
  EXPECT_THAT(track_lines(read().file), ElementsAre("dogs cat 0:208", "dogs dog 0:16"));
}

TEST_F(Labelme, ReadsRectanglesCirclesAndMasks) {
  write("a", shape("box", "[[4, 4], [20, 16]]", ", 'shape_type': 'rectangle'") + "," +
                 shape("box4", kSquareLabel, ", 'shape_type': 'rectangle'") + "," +
                 shape("circle", "[[30, 18], [40, 18]]", ", 'shape_type': 'circle'") + "," +
                 shape("mask", "[[10, 20], [12, 21]]",
                       ", 'shape_type': 'mask', 'mask': '" + kCrop + "'"));
  const LabelledData data = read();
  EXPECT_EQ(text(data.faults), "");
  ASSERT_EQ(data.file.annotations.size(), 4u);
  const MaskRle square = rectangles({36, 64}, {{4, 4, 20, 16}});
  for (const AnnotationFile::Annotation& one : data.file.annotations) {
    const std::string& name = data.file.categories[static_cast<size_t>(*one.category - 1)].name;
    const MaskRle& mask = *one.masks.at(0);
    if (name.starts_with("box")) {
      EXPECT_EQ(mask, square);
    }
    if (name == "circle") {
      EXPECT_NEAR(double(mask.area()), 3.1416 * 100, 6);
    }
    if (name == "mask") {
      EXPECT_EQ(mask, rectangles({36, 64}, {{10, 20, 11, 21}, {12, 20, 13, 21}, {11, 21, 12, 22}}));
    }
  }
}

TEST_F(Labelme, LeavesOutShapesWithoutAnAreaWithARemark) {
  write("a", shape("cat", kSquareLabel, ", 'group_id': 1") + "," +
                 shape("road", "[[1, 1], [9, 9]]", ", 'shape_type': 'linestrip'") + "," +
                 shape("road", "[[1, 1], [9, 9], [1, 9]]", ", 'shape_type': 'linestrip'"));
  const LabelledData data = read();
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.file.annotations.size(), 1u);
  EXPECT_THAT(join(data.remarks), HasSubstr("2 'linestrip' shapes left out: it has no area"));
}

TEST_F(Labelme, SaysWhereAFileIsFaultyAndReadsTheRest) {
  write("a", shape("cat", kSquareLabel, ", 'group_id': 1") + "," +
                 shape("cat", "[[4, 4], [20, 4]]") + ",{'points': []}," +
                 shape("cat", "[[4, 'x']]") + "," +
                 shape("cat", "[[104, 4], [120, 4], [120, 16]]") + "," +
                 shape("cat", kSquareLabel, ", 'group_id': 'one'") + "," +
                 shape("cat", "[[0, 0], [3, 3]]", ", 'shape_type': 'mask', 'mask': '!!!'") + "," +
                 shape("cat", "[[0, 0], [3, 3]]", ", 'shape_type': 'mask'"));
  write("b", shape("cat", kSquareLabel, ", 'group_id': 1"), "'imageHeight': null");
  scratch_.write("dogs/c.json", "{\"shapes\": [");
  const LabelledData data = read();
  const std::string faults = text(data.faults);
  EXPECT_SAYS(faults, "a.json, shapes[1]: a polygon has 2 points, expected at least three");
  EXPECT_SAYS(faults, "a.json, shapes[2]: 'label' is missing");
  EXPECT_SAYS(faults, "a.json, shapes[3], points[0]: expected");
  EXPECT_SAYS(faults, "a.json, shapes[4]: the shape covers no pixel of the picture of 64 x 36");
  EXPECT_SAYS(faults, "a.json, shapes[5], group_id: expected an integer");
  EXPECT_SAYS(faults, "a.json, shapes[6], mask: is not base64");
  EXPECT_SAYS(faults, "a.json, shapes[7]: 'mask' is missing");
  EXPECT_SAYS(faults, "b.json, imageHeight and imageWidth are missing");
  EXPECT_SAYS(faults, "there is no such picture; the file is left out");
  EXPECT_SAYS(faults, "c.json: is not valid JSON");
  EXPECT_THAT(track_lines(data.file), ElementsAre("dogs cat 0:192"));
}

TEST_F(Labelme, RefusesFilesWithoutAnyLabelThatCanBeRead) {
  scratch_.write("dogs/c.json", "{\"shapes\": [");
  EXPECT_SAYS(error_of<InputError>([&] { read(); }), "c.json: is not valid JSON");
  fs::remove(scratch_.path() / "dogs/c.json");
  EXPECT_SAYS(error_of<InputError>([&] { read(); }), "contains no .json file of labelme");
}

TEST_F(Labelme, TakesClassesInTheGivenOrderAndNoOthers) {
  write("a", shape("cat", kSquareLabel, ", 'group_id': 1") + "," +
                 shape("dgo", kSquareLabel, ", 'group_id': 2"));
  LabelSource listed = source();
  listed.classes = {"dog", "cat"};
  const LabelledData data = read_labelme(listed);
  EXPECT_EQ(data.file.categories.at(1).name, "cat");
  EXPECT_EQ(data.file.annotations.at(0).category, 2);
  EXPECT_SAYS(text(data.faults), "unknown class 'dgo'");
}

TEST_F(Labelme, CountsPicturesWithoutALabelFileAsFrames) {
  write("00000", shape("cat", kSquareLabel, ", 'group_id': 1"));
  for (const char* name : {"00000.jpg", "00001.jpg", "00002.jpg"}) {
    scratch_.write(std::string("dogs/") + name, "not opened");
  }
  write("00002", shape("cat", kSquareLabel, ", 'group_id': 1"));
  const LabelledData data = read();
  EXPECT_EQ(data.file.videos.at(0).length, 3);
  EXPECT_THAT(track_lines(data.file), ElementsAre("dogs cat 0:192 2:192"));
  EXPECT_THAT(join(data.remarks), HasSubstr("1 frame without a label file"));
}

TEST_F(Labelme, ReportsPicturesOfAnotherSize) {
  write("a", shape("cat", kSquareLabel, ", 'group_id': 1"));
  write("b", shape("cat", kSquareLabel, ", 'group_id': 1"), "'imageHeight': 72, 'imageWidth': 64");
  const LabelledData data = read();
  EXPECT_SAYS(text(data.faults), "frame 1 (dogs/b.jpg): the picture is 64 x 72, the video 64 x 36");
  EXPECT_THAT(track_lines(data.file), ElementsAre("dogs cat 0:192"));
}

TEST_F(Labelme, RefusesMasksThatDoNotFitTheirPicture) {
  const auto mask = [&](const std::string& points) {
    return shape("cat", points, ", 'shape_type': 'mask', 'mask': '" + kCrop + "'");
  };
  write("a", shape("cat", kSquareLabel, ", 'group_id': 1") + "," + mask("[[62, 20], [64, 21]]") +
                 "," + mask("[[10, 20], [19, 21]]") + "," + mask("[[1e300, 20], [19, 21]]"));
  const std::string faults = text(read().faults);
  EXPECT_SAYS(faults, "3 x 2 pixels at 62, 20, which is not inside the picture of 64 x 36");
  EXPECT_SAYS(faults, "the mask is 3 x 2 pixels, its corners are 10 x 2 apart");
  EXPECT_SAYS(faults, "expected numbers as its corners");
}

TEST_F(Labelme, OpensOnlyRegularFilesOfALimitedSize) {
  write("a", shape("cat", kSquareLabel, ", 'group_id': 1"));
  fs::create_directories(scratch_.path() / "dogs/folder.json");
  fs::create_symlink("/dev/zero", scratch_.path() / "dogs/zero.json");
  EXPECT_EQ(text(read().faults), "");
  fs::resize_file(scratch_.path() / "dogs/a.json", uint64_t{257} << 20);
  EXPECT_SAYS(error_of<InputError>([&] { read(); }), "more than the 268435456");
}

TEST_F(Labelme, WritesWhatItReads) {
  const Size size{36, 64};
  AnnotationFile file;
  file.annotated = true;
  file.categories = {{1, "cat"}, {2, "d\"og"}};
  file.videos = {{7, "dogs", size, 3, {"dogs/0.jpg", "dogs/1.jpg", "dogs/2.jpg"}}};
  AnnotationFile::Annotation one;
  one.id = 5;
  one.video = 7;
  one.category = 1;
  one.crowd = false;
  one.masks = {rectangles(size, {{4, 4, 20, 16}, {30, 4, 34, 8}}), std::nullopt,
               rectangles(size, {{4, 5, 20, 17}})};
  file.annotations.push_back(one);
  one.id = 6;
  one.category = 2;
  one.masks = {std::nullopt, rectangles(size, {{0, 0, 64, 36}}), std::nullopt};
  file.annotations.push_back(one);
  one.id = 9;
  one.crowd = true;
  file.annotations.push_back(one);

  LabelOutput output;
  output.path = scratch_.path() / "out";
  const std::vector<std::string> remarks = write_labelme(output, file);
  EXPECT_SAYS(join(remarks), "1 crowd left out");
  LabelSource back;
  back.path = output.path / "dogs";
  const LabelledData data = read_labelme(back);
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.file.annotations.size(), 2u);
  EXPECT_EQ(data.file.annotations.at(0).id, 5);
  EXPECT_EQ(data.file.annotations.at(0).masks, file.annotations[0].masks);
  EXPECT_EQ(data.file.annotations.at(1).masks, file.annotations[1].masks);
  EXPECT_EQ(data.file.categories.at(1).name, "d\"og");
  EXPECT_EQ(data.file.videos.at(0).files.at(2), "dogs/2.jpg");

  EXPECT_SAYS(error_of<InputError>([&] { write_labelme(output, file); }), "exists already");
}
