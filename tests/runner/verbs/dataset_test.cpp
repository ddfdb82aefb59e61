// `clipwork dataset`, run in this process.

#include <clipwork/index_picture.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "plugins/datasets/dataset_files.h"
#include "runner/run_here.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

namespace {

class DatasetVerb : public testing::Test {
 protected:
  void SetUp() override { use_built_plugins(); }
  ScratchFolder scratch_;
  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }

  static ProgramResult run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "dataset");
    return test::run_here(arguments);
  }

  std::string write(const std::string& annotations) {
    scratch_.write("train/JPEGImages/dogs/0.jpg", ppm(4, 2));
    scratch_.write("train/JPEGImages/dogs/1.jpg", ppm(4, 2));
    return scratch_.write("train.json", one_video(annotations)).string();
  }
  std::string write_sound() {
    return write("[" + annotation(std::string("[") + kPixel + ", null]") + "," +
                 annotation("[null, {'size': [2, 4], 'counts': [4, 3, 1]}]",
                            ", 'areas': [null, 3], 'category_id': 1", "8") +
                 "]");
  }
};

}  // namespace

TEST_F(DatasetVerb, CheckCountsAndFindsNothingInASoundFile) {
  const ProgramResult result = run({"check", write_sound()});
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
  EXPECT_THAT(result.output, HasSubstr("1, 2 frames"));
  EXPECT_THAT(result.output, HasSubstr("2, 2 masks, at most 2 in a video"));
  EXPECT_THAT(result.output, HasSubstr("2 tracks are absent from some frames, 0 leave"));
  EXPECT_THAT(result.output, HasSubstr("3 dog"));
  EXPECT_THAT(result.output, HasSubstr("no faults"));
}

TEST_F(DatasetVerb, CheckNamesEveryFaultEndsWith3AndTheRepairedCopyHasNone) {
  const std::string file = write("[" + annotation(std::string("[") + kPixel + "]", "", "0") + "," +
                                 annotation("null", "", "9") + "]");
  fs::remove(path("train/JPEGImages/dogs/1.jpg"));
  const ProgramResult result = run({"check", file, "--fix", path("train_fixed.json")});
  EXPECT_EQ(result.code, 3) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("annotation 0: official evaluators read the id 0"));
  EXPECT_THAT(result.output, HasSubstr("annotation 9: has no mask in any frame"));
  EXPECT_THAT(result.output, HasSubstr("frame 1: the picture does not exist"));
  scratch_.write("train/JPEGImages/dogs/1.jpg", ppm(4, 2));
  const ProgramResult again = run({"check", path("train_fixed.json")});
  EXPECT_EQ(again.code, 0) << again.output << again.errors;
  EXPECT_THAT(again.output, HasSubstr("no faults"));
}

TEST_F(DatasetVerb, CheckAndConvertPutManyFaultsThatAreAlikeOnOneLine) {
  std::string annotations;
  for (int i = 1; i <= 500; ++i) {
    annotations += (i > 1 ? "," : "") + annotation("[[4, 4, 20, 4, 20, 16], null]", "", cat(i));
  }
  const std::string file = write("[" + annotations + "]");
  const std::string masks =
      "500 masks: expected a list of the coordinates of a polygon, found 4; write one list of "
      "numbers for each part: [[x1, y1, x2, y2, ...], ...]; the object is absent from this frame; "
      "the first: video 1 (dogs), annotation 1, frame 0\n";
  const std::string nowhere =
      "500 annotations: has no mask in any frame; it is left out; the first: video 1 (dogs), "
      "annotation 1\n";
  const ProgramResult result = run({"check", file});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.output, HasSubstr("fault: " + masks + "fault: " + nowhere + "1000 faults\n"));
  const ProgramResult converted = run({"convert", file, "--out", path("o.json")});
  EXPECT_THAT(converted.errors, HasSubstr("warning: " + masks + "warning: " + nowhere));
}

TEST_F(DatasetVerb, CheckRefusesToWriteOverWhatItReads) {
  const std::string file = write_sound();
  EXPECT_EQ(run({"check", file, "--fix", file}).code, 2);
  EXPECT_EQ(run({"check", path("nothing.json")}).code, 2);
}

TEST_F(DatasetVerb, CheckDecodesPicturesWhereAsked) {
  if (!fs::exists(build_dir() / "plugins/media.so")) GTEST_SKIP() << "built without CLIPWORK_VIDEO";
  const std::string file = write_sound();
  scratch_.write("train/JPEGImages/dogs/1.jpg", "no picture");
  EXPECT_EQ(run({"check", file}).code, 0);
  const ProgramResult result = run({"check", file, "--decode"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.output, HasSubstr("video 1 (dogs), frame 1: is not a JPEG"));
}

TEST_F(DatasetVerb, CheckPrintsJsonForPrograms) {
  const ProgramResult result = run({"check", write_sound(), "--json"});
  rapidjson::Document document;
  document.Parse(result.output.c_str());
  ASSERT_FALSE(document.HasParseError()) << result.output;
  EXPECT_EQ(document["tracks"].GetInt(), 2);
  EXPECT_EQ(document["faults"].Size(), 0u);
  EXPECT_STREQ(document["classes"][1]["name"].GetString(), "dog");
}

TEST_F(DatasetVerb, InfoShowsWhatIsExpectedAndWhatIsThere) {
  write_sound();
  EXPECT_THAT(run({"info", "ovis"}).output, HasSubstr("img_0000001.jpg"));
  const ProgramResult result = run({"info", scratch_.path().string()});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.output, HasSubstr("1 annotation files"));
  EXPECT_THAT(result.output, HasSubstr("found: annotations; valid.json"));
  EXPECT_THAT(result.output, HasSubstr("missing: masks: palette PNG"));
}

TEST_F(DatasetVerb, SplitsAreTheSameEachTimeAndEvenOverClasses) {
  std::string videos, annotations;
  for (int i = 1; i <= 20; ++i) {
    videos += cat(i > 1 ? "," : "", "{'id': ", i, ", 'width': 4, 'height': 2, 'file_names': ['v", i,
                  "/0.jpg'], 'length': 1}");
    annotations += cat(i > 1 ? "," : "", "{'id': ", i, ", 'video_id': ", i,
                       ", 'category_id': ", i % 2 + 1, ", 'segmentations': [", kPixel, "]}");
  }
  const auto file = scratch_.write(
      "a.json", json("{'videos': [" + videos + "], 'annotations': [" + annotations +
                     "], 'categories': [{'id': 1, 'name': 'a'}, {'id': 2, 'name': 'b'}]}"));
  ASSERT_EQ(run({"split", file.string(), "--share", "0.2", "--out", path("one")}).code, 0);
  ASSERT_EQ(run({"split", file.string(), "--share", "0.2", "--out", path("two")}).code, 0);
  const std::string held = read_file(path("one/mini_val.toml"));
  EXPECT_EQ(held, read_file(path("two/mini_val.toml")));
  EXPECT_EQ(std::count(held.begin(), held.end(), ','), 4);
  int even = 0;
  for (int i = 2; i <= 20; i += 2) even += held.find(cat("\"v", i, "\"")) != std::string::npos;
  EXPECT_EQ(even, 2);

  ASSERT_EQ(run({"split", file.string(), "--folds", "2", "--out", path("folds")}).code, 0);
  const std::string first = read_file(path("folds/val_fold1.toml"));
  const std::string second = read_file(path("folds/train_fold2.toml"));
  EXPECT_EQ(first.substr(first.find("hash")), second.substr(second.find("hash")));
}

TEST_F(DatasetVerb, BrowseDrawsTheObjectsOfEachVideo) {
  CLIPWORK_NEEDS_VIDEO();
  const std::string file = write_sound();
  const ProgramResult result = run({"browse", file, "--out", path("look")});
  ASSERT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("1 of 1 videos"));
  const std::string page = read_file(path("look/000001_dogs/report.html"));
  EXPECT_THAT(page, HasSubstr("track 1, dog, visible in 1 of 2 frames"));
  EXPECT_THAT(page, HasSubstr("track 2, cat, visible in 1 of 2 frames"));
  EXPECT_THAT(page, HasSubstr("data:video/mp4;base64,"));
  EXPECT_THAT(page, Not(HasSubstr("id=\"least\""))) << "the truth has no scores to filter by";
  const std::string index = read_file(path("look/index.html"));
  EXPECT_THAT(index, HasSubstr("href=\"000001_dogs/report.html\""));
  EXPECT_THAT(index, HasSubstr("2 frames, 2 tracks"));

  EXPECT_EQ(run({"browse", file, "--out", path("look")}).code, 2) << "it already exists";
  const ProgramResult pictures =
      run({"browse", file, "--out", path("look"), "--form", "pictures", "--overwrite"});
  ASSERT_EQ(pictures.code, 0) << pictures.errors;
  EXPECT_TRUE(fs::exists(path("look/000001_dogs/pictures/00001.jpg")));
  EXPECT_FALSE(fs::exists(path("look/000001_dogs/report.html"))) << "of the earlier look";
}

TEST_F(DatasetVerb, BrowseTakesAConfigAndChoosesVideos) {
  CLIPWORK_NEEDS_VIDEO();
  const std::string config = (source_dir() / "configs/minvis/tiny.toml").string();
  const ProgramResult one = run({"browse", config, "--set", "data.eval.videos=3", "--out",
                                 path("look"), "--video", "2", "--form", "overlay"});
  ASSERT_EQ(one.code, 0) << one.errors;
  EXPECT_THAT(one.output, HasSubstr("1 of 3 videos"));
  EXPECT_TRUE(fs::exists(path("look/000002_ytvis_like_val_0001/overlay.mp4")));
  const ProgramResult none =
      run({"browse", config, "--out", path("none"), "--video", "ytvis_like_val_001"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.errors, HasSubstr("did you mean 'ytvis_like_val_0"));
}

TEST_F(DatasetVerb, ConvertGoesToEachFormAndBackWithTheSameMasks) {
  const std::string file = write_sound();
  const AnnotationFile original = open_annotations(file).file;
  auto same_masks = [&](const std::string& converted) {
    const OpenedAnnotations loaded = open_annotations(converted);
    EXPECT_EQ(text(loaded.faults), "") << converted;
    ASSERT_EQ(loaded.file.annotations.size(), 2u) << converted;
    // Forms number objects anew, so they are found by their masks.
    for (const auto& one : original.annotations) {
      EXPECT_TRUE(loaded.file.annotations[0].masks == one.masks ||
                  loaded.file.annotations[1].masks == one.masks)
          << converted;
    }
  };
  for (const char* form : {"mots_text", "mots_png"}) {
    ASSERT_EQ(run({"convert", file, "--to", form, "--out", path(form)}).code, 0);
    const std::string back = path(cat(form, ".json"));
    ASSERT_EQ(run({"convert", path(form), "--from", form, "--out", back}).code, 0);
    same_masks(back);
  }
  ASSERT_EQ(run({"convert", file, "--to", "davis", "--out", path("davis")}).code, 0);
  fs::create_directories(path("davis/JPEGImages"));
  fs::create_directory_symlink(path("train/JPEGImages"), path("davis/JPEGImages/480p"));
  ASSERT_EQ(run({"convert", path("davis"), "--out", path("davis.json")}).code, 0);
  same_masks(path("davis.json"));
}

TEST_F(DatasetVerb, ConvertSaysWhatItLeavesOutOfMots) {
  scratch_.write("mots/0001.txt",
                 "0 1000 1 2 4 017\n0 10000 10 2 4 017\nnonsense\n1 2000 2 2 4 ~~~\n");
  const ProgramResult result =
      run({"convert", path("mots"), "--from", "mots_text", "--out", path("m.json")});
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("0001.txt:3: expected"));
  EXPECT_THAT(result.errors, HasSubstr("0001.txt:4: "));
  const OpenedAnnotations loaded = open_annotations(path("m.json"));
  EXPECT_EQ(loaded.file.annotations.size(), 1u);
  EXPECT_EQ(loaded.file.categories.at(0).name, "car");
}

TEST_F(DatasetVerb, ConvertMakesVideosOfFramesWithTrackIds) {
  const std::string file =
      scratch_
          .write("coco.json",
                 json("{'images': [{'id': 1, 'video_id': 4, 'frame_id': 0, 'file_name': 'v/a.jpg', "
                      "'width': 4, 'height': 2}, {'id': 2, 'video_id': 4, 'frame_id': 1, "
                      "'file_name': 'v/b.jpg', 'width': 4, 'height': 2}], 'categories': [{'id': 3, "
                      "'name': 'dog'}], 'annotations': [{'id': 1, 'image_id': 2, 'track_id': 9, "
                      "'category_id': 3, 'iscrowd': 0, 'area': 1, 'segmentation': ") +
                     json(kPixel) + "}]}")
          .string();
  const ProgramResult result = run({"convert", file, "--out", path("c.json")});
  EXPECT_EQ(result.code, 0) << result.errors;
  const OpenedAnnotations loaded = open_annotations(path("c.json"));
  EXPECT_EQ(text(loaded.faults), "");
  ASSERT_EQ(loaded.file.annotations.size(), 1u);
  EXPECT_EQ(loaded.file.videos.at(0).name, "v");
  EXPECT_FALSE(loaded.file.annotations[0].masks.at(0));
  EXPECT_EQ(loaded.file.annotations[0].masks.at(1)->area(), 1);
}

TEST_F(DatasetVerb, CheckTellsOfWhatIsBrokenInVideosAndPictures) {
  CLIPWORK_NEEDS_SHARED("data/broken");
  CLIPWORK_NEEDS_VIDEO();
  auto check = [](const std::string& name) {
    return run({"check", (shared_dir() / "data/broken" / name).string(), "--decode"});
  };
  const std::tuple<const char*, int, const char*> cases[] = {
      {"truncated.mp4", 3, "of 80 frames 44 can be read"},
      {"no_index.mp4", 2, "cannot be read as a video"},
      {"text.mp4", 2, "cannot be read as a video"},
      {"empty.mp4", 2, "0 bytes"},
      {"mixed_sizes", 3, "frame 2: is 320x180, but earlier frames are 432x240"},
      {"bad_frame", 3, "00002.jpg"},
      {"corrupt.jpg", 2, "is truncated"},
      {"header_only.jpg", 2, "damaged"},
      {"really_a_png.jpg", 0, "64x36 (1)"},
      {"grey.jpg", 0, "64x36 (1)"},
  };
  for (const auto& [name, code, words] : cases) {
    const ProgramResult result = check(name);
    EXPECT_EQ(result.code, code) << name << result.output << result.errors;
    EXPECT_THAT(result.output + result.errors, HasSubstr(words)) << name;
    EXPECT_THAT(result.output, Not(HasSubstr("2 faults"))) << name;
  }
}

TEST_F(DatasetVerb, CheckMeasuresMotionAndLookAlikes) {
  const std::string there = "{'size': [2, 4], 'counts': [0, 2, 6]}";
  const ProgramResult result = run(
      {"check",
       write("[" + annotation(std::string("[") + kPixel + "," + there + "]") + "," +
             annotation("[" + there + ", null]", ", 'occlusion': ['severe_occlusion', null]", "8") +
             "]"),
       "--json"});
  rapidjson::Document document;
  document.Parse(result.output.c_str());
  ASSERT_FALSE(document.HasParseError()) << result.output;
  EXPECT_DOUBLE_EQ(document["overlap_after"]["1"].GetDouble(), 0.5);
  EXPECT_EQ(document["overlap_after"]["4"].GetDouble(), 0);
  EXPECT_EQ(document["look_alikes"].GetInt(), 2);
  EXPECT_EQ(document["severely_occluded"].GetInt(), 1);
  EXPECT_DOUBLE_EQ(document["share"].GetDouble(), (1 + 2 + 2) / 24.0);
  // From the middle of a pixel to the middle of two, in roots of two pixels.
  EXPECT_DOUBLE_EQ(document["centre_way"].GetDouble(), 0.5 / std::sqrt(2.0));
}

TEST_F(DatasetVerb, DogsJumpPassesInBothForms) {
  CLIPWORK_NEEDS_SHARED("data/train.json");
  const fs::path data = shared_dir() / "data";
  const ProgramResult file = run({"check", (data / "train.json").string()});
  EXPECT_EQ(file.code, 0) << file.output << file.errors;
  EXPECT_THAT(file.output, HasSubstr("3, 198 masks, at most 3 in a video"));
  const ProgramResult folders = run({"check", (data / "davis").string()});
  EXPECT_EQ(folders.code, 0) << folders.output << folders.errors;
  EXPECT_THAT(folders.output, HasSubstr("3, 198 masks, at most 3 in a video"));
}
