// `clipwork dataset convert` with files of labelling tools and with results, run in this process.

#include <gmock/gmock.h>

#include "core/data/labels/label_test.h"
#include "data/data_formats.h"
#include "runner/run_here.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

namespace {

constexpr Size kSize{36, 64};

class Convert : public testing::Test {
 protected:
  void SetUp() override { use_built_plugins(); }
  ScratchFolder scratch_;
  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }

  static ProgramResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"dataset", "convert"});
    return test::run_here(arguments);
  }
  static ProgramResult check(const std::string& path) {
    return test::run_here({"dataset", "check", path});
  }

  /// Two videos, with a ring and a part that come and go.
  std::string write_data_set() {
    AnnotationFile file;
    file.annotated = true;
    file.categories = {{1, "cat"}, {2, "dog"}};
    for (const int64_t id : {1, 2}) {
      AnnotationFile::Video video{id, cat("v", id), kSize, 3, {}};
      for (int t = 0; t < 3; ++t) {
        video.files.push_back(cat("v", id, "/0000", t, ".ppm"));
        scratch_.write("frames/" + video.files.back(), ppm(64, 36));
      }
      file.videos.push_back(video);
    }
    const MaskRle ring = rectangles(
        kSize, {{4, 4, 20, 6}, {4, 10, 20, 12}, {4, 6, 6, 10}, {18, 6, 20, 10}, {40, 30, 64, 36}});
    const std::vector<std::vector<std::optional<MaskRle>>> masks = {
        {ring, std::nullopt, ring},
        {std::nullopt, rectangles(kSize, {{0, 0, 64, 36}}), std::nullopt},
        {rectangles(kSize, {{1, 2, 3, 4}}), rectangles(kSize, {{2, 2, 4, 4}}), ring}};
    for (size_t i = 0; i < masks.size(); ++i) {
      AnnotationFile::Annotation one;
      one.id = static_cast<int64_t>(i) + 4;
      one.video = i < 2 ? 1 : 2;
      one.category = i == 1 ? 1 : 2;
      one.crowd = false;
      one.masks = masks[i];
      file.annotations.push_back(one);
    }
    write_annotations(path("train.json"), file);
    return path("train.json");
  }

  /// The ids, classes and masks of a file's tracks.
  static std::vector<std::string> tracks_of(const std::string& file) {
    const AnnotationFile read = open_annotations(file).file;
    std::vector<std::string> lines;
    for (const AnnotationFile::Annotation& one : read.annotations) {
      std::string line = cat(*one.id);
      for (const AnnotationFile::Category& category : read.categories) {
        if (category.id == one.category) line += " " + category.name;
      }
      for (const auto& mask : one.masks) line += mask ? " " + mask->compressed() : " -";
      lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  /// As JSON: codes of masks have backslashes.
  static std::string quoted(const std::string& text) {
    std::string all = "\"";
    for (const char c : text) all += c == '\\' ? "\\\\" : std::string(1, c);
    return all + "\"";
  }

  std::string write_results(const std::string& name = "run/results.json") {
    const auto row = [](int video, int track, int category, double score, const MaskRle& mask) {
      return cat("{\"video_id\": ", video, ", \"category_id\": ", category, ", \"score\": ", score,
                 ", \"track_id\": ", track, ", \"segmentations\": [null, {\"size\": [36, 64], ",
                 "\"counts\": ", quoted(mask.compressed()), "}]}");
    };
    const MaskRle a = rectangles(kSize, {{4, 4, 20, 16}}), b = rectangles(kSize, {{0, 0, 9, 9}});
    scratch_.write("run/stats.json",
                   "{\"input\": \"/videos/dogs.mp4\", \"classes\": [{\"id\": 1, \"name\": \"cat\"},"
                   "{\"id\": 2, \"name\": \"dog\"}], \"videos\": []}");
    return scratch_
        .write(name, "[" + row(1, 3, 1, 0.9, a) + "," + row(1, 3, 2, 0.8, a) + "," +
                         row(1, 5, 2, 0.4, b) + "," + row(1, 6, 2, 0.1, b) + "]")
        .string();
  }
};

}  // namespace

TEST_F(Convert, KeepsTracksClassesAndMasksInEachFormatAndBack) {
  CLIPWORK_NEEDS_VIDEO();
  const std::string file = write_data_set();
  const std::vector<std::string> before = tracks_of(file);
  ASSERT_EQ(before.size(), 3u);
  for (const std::string format : {"coco", "cvat", "labelme", "yolo"}) {
    const std::string out = path("out/" + format + (format == "coco" ? ".json" : ""));
    std::vector<std::string> arguments = {file, "--to",     format,        "--out",
                                          out,  "--images", path("frames")};
    if (format == "yolo") arguments.push_back("--track-ids");
    const ProgramResult written = run(arguments);
    ASSERT_EQ(written.code, 0) << format << written.output << written.errors;
    const std::string back = path("back/" + format + ".json");
    const ProgramResult read = run({out, "--images", path("frames"), "--out", back});
    ASSERT_EQ(read.code, 0) << format << read.output << read.errors;
    EXPECT_EQ(read.errors, "") << format;
    std::vector<std::string> after = tracks_of(back);
    EXPECT_EQ(after.size(), before.size()) << format;
    for (size_t i = 0; i < after.size() && i < before.size(); ++i) {
      // COCO's reader numbers objects anew.
      const size_t from = format == "coco" ? 1 : 0;
      EXPECT_EQ(after[i].substr(from), before[i].substr(from)) << format;
    }
    EXPECT_EQ(open_annotations(back).file.videos.at(0).files.at(2), "v1/00002.ppm") << format;
    const ProgramResult checked =
        test::run_here({"dataset", "check", back, "--images", path("frames")});
    EXPECT_EQ(checked.code, 0) << format << checked.output;
  }
}

TEST_F(Convert, WritesResultsForPeopleToCorrect) {
  write_results();
  const ProgramResult written = run({path("run"), "--to", "cvat", "--out", path("to_correct")});
  ASSERT_EQ(written.code, 0) << written.output << written.errors;
  EXPECT_THAT(written.output, HasSubstr("1 video, 2 tracks, from results"));
  EXPECT_THAT(written.output, HasSubstr("labels cat, dog"));
  ASSERT_EQ(run({path("to_correct"), "--out", path("corrected.json")}).code, 0);
  const AnnotationFile file = open_annotations(path("corrected.json")).file;
  EXPECT_THAT(track_lines(file), ElementsAre("dogs cat 1:192", "dogs dog 1:81"));
  EXPECT_EQ(file.annotations.at(0).id, 3);
  EXPECT_EQ(file.annotations.at(0).masks.at(1), rectangles(kSize, {{4, 4, 20, 16}}));
}

TEST_F(Convert, TakesResultsAboveAScore) {
  const std::string results = write_results();
  const auto tracks = [&](const std::string& score) {
    const ProgramResult written =
        run({results, "--min-score", score, "--to", "coco", "--out", path("c.json")});
    EXPECT_EQ(written.code, 0) << written.errors;
    return open_annotations(path("c.json")).file.annotations.size();
  };
  EXPECT_EQ(tracks("0"), 3u);
  EXPECT_EQ(tracks("0.5"), 1u);
  const ProgramResult none = run({results, "--min-score", "0.95", "--out", path("c.json")});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.errors, HasSubstr("has no result with a score of 0.95 or more"));
}

TEST_F(Convert, TakesNamesOfResultsFromTheirDataSetAndPictures) {
  const std::string data = write_data_set();
  const std::string results = write_results("elsewhere/results.json");
  fs::remove(path("run/stats.json"));
  ASSERT_EQ(run({results, "--data", data, "--to", "labelme", "--out", path("l")}).code, 0);
  EXPECT_TRUE(fs::exists(path("l/v1/00001.json"))) << "a file for each picture of the data set";
  EXPECT_SAYS(read_file(path("l/v1/00001.json")), "\"label\": \"cat\"");

  for (const char* name : {"a.jpg", "b.jpg"}) scratch_.write(cat("pictures/", name), "not opened");
  ASSERT_EQ(
      run({results, "--images", path("pictures"), "--to", "labelme", "--out", path("p")}).code, 0);
  EXPECT_SAYS(read_file(path("p/b.json")), "\"label\": \"class 1\"");
  EXPECT_SAYS(read_file(path("p/b.json")), "\"imagePath\": \"../pictures/b.jpg\"");
  scratch_.write("pictures/c.jpg", "not opened");
  const ProgramResult many =
      run({results, "--images", path("pictures"), "--to", "labelme", "--out", path("q")});
  EXPECT_EQ(many.code, 2);
  EXPECT_THAT(many.errors, HasSubstr("does not have the 2 pictures of 'video 1'"));
}

TEST_F(Convert, TakesResultsOfPicturesByTheirPlaceInTheFolder) {
  const MaskRle mask = rectangles(kSize, {{4, 4, 20, 16}});
  scratch_.write("run/results.json",
                 cat("[{\"video_id\": 2, \"category_id\": 1, \"score\": 0.9, \"track_id\": 1, "
                     "\"segmentations\": [{\"size\": [36, 64], \"counts\": ",
                     quoted(mask.compressed()), "}]}]"));
  for (const char* name : {"a.jpg", "b.jpg"}) scratch_.write(cat("pictures/", name), "not opened");
  const ProgramResult result =
      run({path("run"), "--images", path("pictures"), "--to", "labelme", "--out", path("l")});
  ASSERT_EQ(result.code, 0) << result.errors;
  EXPECT_TRUE(fs::exists(path("l/b.json")));
  EXPECT_FALSE(fs::exists(path("l/a.json")));
}

TEST_F(Convert, ReadsALabelmeFolderWhosePicturesWereMoved) {
  for (const char* name : {"00000", "00001", "00002"}) {
    scratch_.write(cat("labelme/", name, ".jpg"), "not opened");
    scratch_.write(
        cat("labelme/", name, ".json"),
        json(cat("{'version': '5.4.1', 'flags': {}, 'shapes': [{'label': 'cat', "
                 "'points': [[4, 4], [20, 4], [20, 16]], 'group_id': 1, 'shape_type': "
                 "'polygon', 'flags': {}}], 'imagePath': '..\\\\frames\\\\",
                 name, ".jpg', 'imageData': null, 'imageHeight': 36, 'imageWidth': 64}")));
  }
  const ProgramResult result = run({path("labelme"), "--out", path("o.json")});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("1 video, 1 track, from labelme"));
  const AnnotationFile file = open_annotations(path("o.json")).file;
  EXPECT_EQ(file.videos.at(0).files.at(2), "labelme/00002.jpg");
  EXPECT_EQ(check(path("o.json")).code, 0) << "pictures are found beside the file";
  EXPECT_THAT(check(path("labelme")).output, HasSubstr("labelme"));
}

TEST_F(Convert, ReadsAYoloFolder) {
  CLIPWORK_NEEDS_VIDEO();
  for (const char* name : {"00000", "00001", "00002"}) {
    scratch_.write(cat("yolo/images/", name, ".ppm"), ppm(64, 36));
    scratch_.write(cat("yolo/labels/", name, ".txt"), "0 0.1 0.1 0.4 0.1 0.4 0.5\n");
  }
  const ProgramResult result =
      run({path("yolo"), "--classes", "cat", "--out", path("new/folder/o.json")});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("3 videos, 3 tracks, from yolo"));
  EXPECT_EQ(open_annotations(path("new/folder/o.json")).file.categories.at(0).name, "cat");
}

TEST_F(Convert, NeverMakesAnEmptyDataSetOfAFolder) {
  CLIPWORK_NEEDS_VIDEO();
  scratch_.write("pictures/0.ppm", ppm(4, 2));
  const ProgramResult pictures = run({path("pictures"), "--out", path("o.json")});
  EXPECT_EQ(pictures.code, 2);
  EXPECT_THAT(pictures.errors, HasSubstr("has no masks to convert"));
  scratch_.write("pictures/0.xml", "<annotation><object/></annotation>");
  scratch_.write("pictures/1.json", "{}");
  EXPECT_THAT(run({path("pictures"), "--out", path("o.json")}).errors,
              HasSubstr("it holds 1 .json file, 1 .xml file of Pascal VOC, which cannot be read"));
  EXPECT_FALSE(fs::exists(path("o.json")));
}

TEST_F(Convert, RefusesToWriteOverItsInputAndUnknownFormats) {
  scratch_.write("labelme/a.json", "{\"shapes\": [], \"imageHeight\": 2, \"imageWidth\": 4}");
  EXPECT_THAT(run({path("labelme"), "--to", "labelme", "--out", path("labelme")}).errors,
              HasSubstr("is the input"));
  EXPECT_THAT(run({path("labelme"), "--to", "label_studio", "--out", path("x")}).errors,
              HasSubstr("the format 'label_studio' is not written"));
  EXPECT_THAT(run({path("labelme"), "--from", "labelm", "--out", path("x")}).errors,
              HasSubstr("did you mean 'labelme'?"));
  EXPECT_THAT(run({path("labelme"), "--out", scratch_.path().string()}).errors,
              HasSubstr("is a folder"));
}

TEST_F(Convert, HelpListsEveryFormat) {
  const ProgramResult help = run({"--help"});
  for (const runs::DataFormat& format : runs::data_formats()) {
    EXPECT_THAT(help.output, HasSubstr(cat("\n  ", format.name)));
    EXPECT_THAT(help.output, HasSubstr(format.files));
  }
}

TEST_F(Convert, StraightensPolygonsOnRequest) {
  const std::string results = write_results();
  ASSERT_EQ(run({results, "--to", "labelme", "--simplify", "1", "--out", path("l")}).code, 0);
  EXPECT_EQ(run({results, "--to", "labelme", "--simplify", "-1", "--out", path("m")}).code, 2);
}
