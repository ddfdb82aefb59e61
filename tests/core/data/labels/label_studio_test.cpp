// Label Studio's export "JSON".

#include <gmock/gmock.h>

#include "core/data/labels/label_test.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

/// Bits as Label Studio's brush codes have them.
class Code {
 public:
  Code& put(uint32_t value, int bits) {
    for (int i = bits - 1; i >= 0; --i) bits_ += value >> i & 1 ? '1' : '0';
    return *this;
  }
  /// The number of values, 8 bits each, and widths of lengths 3, 4, 8 and 16.
  Code& head(uint32_t values) {
    return put(values, 32).put(7, 5).put(2, 4).put(3, 4).put(7, 4).put(15, 4);
  }
  Code& repeated(uint32_t length, uint32_t value) {
    return put(1, 1).put(3, 2).put(length - 1, 16).put(value, 8);
  }
  /// Values that follow one another.
  Code& each(const std::vector<uint32_t>& values) {
    put(0, 1).put(1, 2).put(static_cast<uint32_t>(values.size() - 1), 4);
    for (const uint32_t value : values) put(value, 8);
    return *this;
  }
  std::string list() {
    std::string text;
    while (bits_.size() % 8 != 0) bits_ += '0';
    for (size_t i = 0; i < bits_.size(); i += 8) {
      text += cat(i > 0 ? "," : "", std::stoi(bits_.substr(i, 8), nullptr, 2));
    }
    return "[" + text + "]";
  }

 private:
  std::string bits_;
};

class LabelStudio : public testing::Test {
 protected:
  ScratchFolder scratch_;

  static std::string task(const std::string& data, const std::string& result, int id = 1) {
    return cat("{'id': ", id, ", 'annotations': [{'id': 9, 'was_cancelled': false, 'result': [",
               result, "]}], 'file_upload': 'x', 'data': {", data, "}, 'meta': {}}");
  }
  static std::string region(const std::string& type, const std::string& value,
                            const std::string& id = "a") {
    return "{'original_width': 8, 'original_height': 4, 'image_rotation': 0, 'value': {" + value +
           "}, 'id': '" + id + "', 'from_name': 'tag', 'to_name': 'image', 'type': '" + type + "'}";
  }
  static std::string brush(const std::string& rle, const std::string& id = "a") {
    return region("brushlabels", "'format': 'rle', 'rle': " + rle + ", 'brushlabels': ['cat']", id);
  }
  LabelledData read(const std::string& tasks, const std::string& images = "") {
    LabelSource source;
    source.path = scratch_.write("project.json", json("[" + tasks + "]"));
    source.images = images;
    return read_label_studio(source);
  }
};

const std::string kPicture = "'image': '/data/upload/3/1fd99634-dogs.jpg'";

}  // namespace

TEST_F(LabelStudio, ReadsBrushes) {
  // Rows of 8 pixels, four values each: the second and the third pixel of the second row.
  Code code;
  code.head(4 * 32).repeated(36, 0).each({255, 255, 255, 255, 1, 2, 3, 7}).repeated(84, 0);
  const LabelledData data = read(task(kPicture, brush(code.list())));
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.file.videos.at(0).files.at(0), "1fd99634-dogs.jpg");
  EXPECT_EQ(data.file.annotations.at(0).masks.at(0), rectangles({4, 8}, {{1, 1, 3, 2}}));
}

TEST_F(LabelStudio, JoinsRunsOfBrushesOverRows) {
  Code code;
  code.head(4 * 32).repeated(16, 0).repeated(64, 255).repeated(48, 0);
  const LabelledData data = read(task(kPicture, brush(code.list())));
  EXPECT_EQ(data.file.annotations.at(0).masks.at(0),
            rectangles({4, 8}, {{4, 0, 8, 1}, {0, 1, 8, 2}, {0, 2, 4, 3}}));
}

TEST_F(LabelStudio, ReadsShapesInPercent) {
  scratch_.write("dogs.jpg", "not opened");
  const LabelledData data = read(task(
      kPicture,
      region("polygonlabels",
             "'points': [[0, 0], [50, 0], [50, 100], [0, 100]], 'closed': true, 'polygonlabels': "
             "['cat']",
             "a") +
          "," +
          region("rectanglelabels",
                 "'x': 50, 'y': 50, 'width': 50, 'height': 50, 'rotation': 0, 'rectanglelabels': "
                 "['dog']",
                 "b") +
          "," +
          // Turned about its corner: from (2, 0) down and to the left.
          region("rectanglelabels",
                 "'x': 25, 'y': 0, 'width': 50, 'height': 50, 'rotation': 90, 'rectanglelabels': "
                 "['bird']",
                 "c") +
          "," + region("keypointlabels", "'x': 5, 'y': 5, 'keypointlabels': ['dog']", "d") + "," +
          region("choices", "'choices': ['good']", "e")));
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.file.videos.at(0).files.at(0), "dogs.jpg") << "without the key of the upload";
  EXPECT_THAT(track_lines(data.file),
              ElementsAre("dogs bird 0:8", "dogs cat 0:16", "dogs dog 0:8"));
  EXPECT_THAT(join(data.remarks), HasSubstr("1 'keypointlabels' region left out"));
}

TEST_F(LabelStudio, TakesLabelsThatAreApartFromTheirShapes) {
  Code code;
  code.head(4 * 32).repeated(128, 255);
  const LabelledData data =
      read(task(kPicture, region("brush", "'format': 'rle', 'rle': " + code.list(), "r1") + "," +
                              region("labels", "'labels': ['dog']", "r1")));
  EXPECT_EQ(text(data.faults), "");
  EXPECT_THAT(track_lines(data.file), ElementsAre("1fd99634-dogs dog 0:32"));
}

TEST_F(LabelStudio, ReadsTheFirstAnnotationOfATaskThatWasNotSkipped) {
  const std::string square =
      region("polygonlabels", "'points': [[0, 0], [50, 0], [50, 100]], 'polygonlabels': ['cat']");
  const LabelledData data = read("{'id': 4, 'data': {" + kPicture +
                                 "}, 'annotations': [{'was_cancelled': true, 'result': []},"
                                 "{'result': [" +
                                 square +
                                 "]}, {'result': []}]},"
                                 "{'id': 5, 'data': {" +
                                 kPicture + "}, 'annotations': []}");
  EXPECT_SAYS(text(data.faults), "project.json, task 4: it has 2 annotations; the first is read");
  EXPECT_EQ(data.file.annotations.size(), 1u);
  EXPECT_THAT(join(data.remarks), HasSubstr("1 task left out: it has no annotation"));
}

TEST_F(LabelStudio, ReadsSequencesOfVideos) {
  CLIPWORK_NEEDS_VIDEO();
  load_plugins();
  for (int t = 0; t < 6; ++t) scratch_.write(cat("opossum/", t, ".ppm"), ppm(20, 10));
  const auto key = [](int frame, int x, bool enabled) {
    return cat("{'frame': ", frame, ", 'enabled': ", enabled ? "true" : "false", ", 'x': ", x,
               ", 'y': 0, 'width': 20, 'height': 100, 'rotation': 0, 'time': 0.1}");
  };
  const LabelledData data = read(
      task("'video': 'https://host/opossum.mp4?key=1'",
           "{'value': {'framesCount': 6, 'duration': 1, 'sequence': [" + key(1, 0, true) + "," +
               key(3, 40, false) + "," + key(5, 0, true) +
               "], 'labels': ['Man']}, 'id': 'r', "
               "'from_name': 'box', 'to_name': 'video', 'type': 'videorectangle'},"
               "{'value': {'sequence': [{'frame': 2, 'enabled': false, 'points': [[0, 0], [50, 0], "
               "[50, 50], [0, 50]]}], 'labels': ['Dog']}, 'id': 's', 'type': 'videopolygon'}"));
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.file.videos.at(0).files.at(0), "opossum/0.ppm");
  EXPECT_THAT(track_lines(data.file),
              ElementsAre("opossum Dog 1:50", "opossum Man 0:40 1:40 2:40 4:40 5:40"));
  const auto& masks = data.file.annotations.at(0).masks;
  EXPECT_EQ(masks.at(1)->box(), (Box{4, 0, 4, 10})) << "half way";
  EXPECT_FALSE(masks.at(3)) << "the shape in frame 3 is the last of its span";
}

TEST_F(LabelStudio, AsksForThePicturesOfVideos) {
  const std::string error = error_of<InputError>([&] {
    read(task(
        "'video': 'opossum.mp4'",
        "{'value': {'sequence': [], 'labels': ['Man']}, 'id': 'r', 'type': 'videorectangle'}"));
  });
  EXPECT_SAYS(error, "project.json, task 1");
  EXPECT_SAYS(error, "Label Studio does not store the size of a video");
}

TEST_F(LabelStudio, SaysWhatIsWrongAndWhere) {
  Code cut, few, many;
  cut.head(4 * 32).put(1, 1);
  few.head(4 * 31).repeated(124, 255);
  many.head(4 * 32).repeated(129, 255);
  const LabelledData data = read(
      task(kPicture,
           brush(cut.list(), "cut") + "," + brush(few.list(), "few") + "," +
               brush(many.list(), "many") + "," + brush("[1, 256]", "byte") + "," +
               region("polygonlabels", "'points': [[0, 0], [1]], 'polygonlabels': ['a']", "point") +
               "," + region("polygonlabels", "'points': [[0, 0], [50, 0], [50, 100]]", "bare") +
               "," +
               region("polygonlabels",
                      "'points': [[0, 0], [50, 0], [50, 100], [0, 100]], "
                      "'polygonlabels': ['a']",
                      "good")) +
      ", 7, {'id': 3, 'data': {}, 'annotations': [{'result': []}]}");
  const std::string faults = text(data.faults);
  EXPECT_SAYS(faults, "task 1, region 'cut', rle: the code ends in the middle of a run");
  EXPECT_SAYS(faults, "region 'few', rle: the code has 124 values, expected 128, four for each");
  EXPECT_SAYS(faults, "region 'many', rle: the runs have more values than the picture");
  EXPECT_SAYS(faults, "region 'byte', rle[1]: expected a byte from 0 to 255, found 256");
  EXPECT_SAYS(faults, "region 'point', points[1]: expected [x, y]");
  EXPECT_SAYS(faults, "region 'bare': has no label");
  EXPECT_SAYS(faults, "task 2: expected an object with 'data' and 'annotations', found 7");
  EXPECT_SAYS(faults, "task 3, data: has no picture");
  EXPECT_EQ(data.file.annotations.size(), 1u);
}

TEST_F(LabelStudio, RefusesOtherExports) {
  LabelSource source;
  source.path = scratch_.write("project.json", "{\"annotations\": []}");
  EXPECT_SAYS(error_of<InputError>([&] { read_label_studio(source); }),
              "expected a list of tasks, found an object");
}
