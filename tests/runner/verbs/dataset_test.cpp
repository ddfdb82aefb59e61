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

TEST_F(DatasetVerb, CheckOpensTheDataSetOfAConfig) {
  const std::string config =
      scratch_
          .write("own.toml",
                 "[data.eval]\ntype = \"synthetic\"\nprofile = \"ytvis_like\"\n"
                 "split = \"val\"\nvideos = 5\n")
          .string();
  const ProgramResult result = run({"check", config, "--set", "data.eval.videos=1"});
  EXPECT_EQ(result.code, 0) << result.output << result.errors;
  EXPECT_THAT(result.output, HasSubstr("form        synthetic, profile ytvis_like, split val\n"));
  EXPECT_THAT(result.output, HasSubstr("videos      1, "));
  EXPECT_THAT(result.output, HasSubstr("no faults"));
  EXPECT_THAT(run({"check", config, "--plugin-path", "/nowhere"}).errors,
              HasSubstr("--plugin-path: the plugin folder '/nowhere' does not exist"));
}

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

TEST_F(DatasetVerb, FixMakesAbsolutePathsRelativeAndItsCopyIsSound) {
  const std::string content =
      one_video("[" + annotation(std::string("[") + kPixel + ", null]") + "]");
  scratch_.write("images/dogs/0.jpg", ppm(4, 2));
  scratch_.write("images/dogs/1.jpg", ppm(4, 2));
  std::string absolute = content;
  for (size_t at = 0; (at = absolute.find("dogs/", at)) != std::string::npos;) {
    const std::string name = path("images/dogs/");
    absolute.replace(at, 5, name);
    at += name.size();
  }
  const std::string file = scratch_.write("absolute.json", absolute).string();
  const std::string fixed = path("new/o.json");
  const ProgramResult result = run({"check", file, "--images", path("images"), "--fix", fixed});
  EXPECT_EQ(result.code, 3) << result.output << result.errors;
  EXPECT_THAT(result.output, HasSubstr("2 file names are absolute paths"));
  const ProgramResult again = run({"check", fixed, "--images", path("images")});
  EXPECT_EQ(again.code, 0) << again.output << again.errors;
  EXPECT_THAT(again.output, HasSubstr("1, 1 masks"));
}

TEST_F(DatasetVerb, FixWritesNoEmptyDataSet) {
  const std::string file =
      scratch_
          .write("absolute.json",
                 json("{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 1, 'file_names': "
                      "['/elsewhere/dogs/0.jpg']}], 'categories': [], 'annotations': []}"))
          .string();
  const ProgramResult result = run({"check", file, "--fix", path("o.json")});
  EXPECT_EQ(result.code, 2) << result.output;
  EXPECT_THAT(result.output, HasSubstr("expected one relative to the image folder"));
  EXPECT_THAT(result.output, HasSubstr("1 fault\n")) << "that no picture is found follows from it";
  EXPECT_THAT(result.errors, HasSubstr("no repaired copy was written"));
  EXPECT_FALSE(fs::exists(path("o.json")));
  EXPECT_EQ(run({"check", file}).code, 3);
}

TEST_F(DatasetVerb, CheckSaysHowCocoWithTrackIdsIsConverted) {
  const std::string image = "'width': 4, 'height': 2, 'file_name': 'v/";
  const std::string one =
      "'category_id': 3, 'iscrowd': 0, 'area': 1, 'attributes': {'track_id': 0}, "
      "'segmentation': " +
      std::string(kPixel);
  const std::string file =
      scratch_
          .write(
              "coco.json",
              json("{'images': [{'id': 1, " + image + "0.jpg'}, {'id': 2, " + image +
                   "1.jpg'}], 'categories': [{'id': 3, 'name': 'dog'}], 'annotations': [{'id': 1, "
                   "'image_id': 1, " +
                   one + "}, {'id': 2, 'image_id': 2, " + one + "}]}"))
          .string();
  scratch_.write("v/0.jpg", ppm(4, 2));
  scratch_.write("v/1.jpg", ppm(4, 2));
  const ProgramResult checked = run({"check", file});
  EXPECT_EQ(checked.code, 3) << checked.output;
  EXPECT_THAT(checked.output, HasSubstr("COCO with track ids"));
  EXPECT_THAT(checked.output, HasSubstr(cat("`clipwork dataset convert ", file, " --out ")));
  EXPECT_THAT(checked.output, HasSubstr("no image has a video_id"));
  const ProgramResult converted = run({"convert", file, "--out", path("new/c.json")});
  EXPECT_EQ(converted.code, 0) << converted.errors;
  EXPECT_THAT(converted.output, HasSubstr("1 video, 1 track, "));
  EXPECT_THAT(run({"check", path("new/c.json"), "--images", scratch_.path().string()}).output,
              HasSubstr("no faults"));
}

TEST_F(DatasetVerb, CheckDoesNotTakeFramesWithoutMasksForAbsence) {
  fs::create_directories(path("d/Annotations/480p/s"));
  for (int t = 0; t < 6; ++t) {
    scratch_.write(cat("d/JPEGImages/480p/s/0000", t, ".jpg"), ppm(3, 2));
    if (t % 5 > 0) continue;
    write_index_picture(path(cat("d/Annotations/480p/s/0000", t, ".png")),
                        {{2, 3}, {0, 1, 1, 0, 2, 2}}, IndexForm::palette);
  }
  const ProgramResult result = run({"check", path("d")});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.output, HasSubstr("masks of 4 of 6 frames are missing"));
  EXPECT_THAT(result.output, HasSubstr("0 tracks are absent from some frames, 0 leave"));
}

TEST_F(DatasetVerb, CheckReportsWhatTheMasksOfADavisFolderSay) {
  fs::create_directories(path("d/Annotations/480p/s"));
  scratch_.write("d/JPEGImages/480p/s/00000.jpg", ppm(3, 2));
  write_index_picture(path("d/Annotations/480p/s/00000.png"), {{2, 3}, {0, 255, 255, 0, 0, 0}},
                      IndexForm::palette);
  const ProgramResult result = run({"check", path("d")});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.output, HasSubstr("1, 1 masks"));
  EXPECT_THAT(result.output, HasSubstr("video 1 (s): holds only the values 0 and 255"));
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

TEST_F(DatasetVerb, ConvertShowsTheFaultsOfMotsThatLeaveNothing) {
  const std::pair<const char*, const char*> files[] = {
      {"1,1001,1,2,4,017\n", "found 1 value separated by commas, not spaces"},
      {"1.0 1001 1 2 4 017\n", "expected a whole number, found '1.0'"},
      {"1 1001 1 2 4 0.9 017\n", "found 7 values, like results with a score before the code"},
      {"1 1001 1 2 4 b'017'\n", "write code.decode()"},
      {"1 1001 1 2 4\n", "found 5 values"},
      {"-1 1001 1 2 4 017\n", "expected a frame from 0 to"},
  };
  for (const auto& [line, problem] : files) {
    std::string lines;
    for (int i = 0; i < 9; ++i) lines += line;
    scratch_.write("mots/0001.txt", lines);
    const ProgramResult result =
        run({"convert", path("mots"), "--from", "mots_text", "--out", path("m.json")});
    EXPECT_EQ(result.code, 2) << line;
    EXPECT_THAT(result.errors, HasSubstr(problem)) << line;
    EXPECT_THAT(result.errors, HasSubstr("0001.txt:1: ")) << line;
    EXPECT_THAT(result.errors, HasSubstr("6 more lines cannot be read")) << line;
    EXPECT_THAT(result.errors, HasSubstr("contains no videos that can be used, because of "))
        << line;
    EXPECT_THAT(result.errors, Not(HasSubstr("0x0"))) << line;
    EXPECT_FALSE(fs::exists(path("m.json")));
  }
}

TEST_F(DatasetVerb, ConvertTakesTheNamesOfMotsFromAFolderOfPictures) {
  scratch_.write("mots/0001.txt", "1 1000 1 2 4 017\n3 1000 1 2 4 017\n");
  const auto convert = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"convert",   path("mots"), "--from",
                                      "mots_text", "--out",      path("out/m.json")};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  };
  const auto files = [&] { return open_annotations(path("out/m.json")).file.videos.at(0).files; };
  const ProgramResult made_up = convert({});
  ASSERT_EQ(made_up.code, 0) << made_up.errors;
  EXPECT_THAT(made_up.errors, HasSubstr("they become '0001/000001.jpg', ...; --images FOLDER"));
  EXPECT_THAT(made_up.errors, HasSubstr("no sequence has a frame 0; frames are counted from 1"));
  EXPECT_THAT(files(),
              testing::ElementsAre("0001/000001.jpg", "0001/000002.jpg", "0001/000003.jpg"));
  EXPECT_TRUE(open_annotations(path("out/m.json")).file.annotations.at(0).masks.at(0));

  for (const char* name : {"000000.png", "000001.png", "000002.png", "000003.png"}) {
    scratch_.write(cat("kitti/0001/", name), "");
  }
  const ProgramResult kitti = convert({"--images", path("kitti")});
  ASSERT_EQ(kitti.code, 0) << kitti.errors;
  EXPECT_EQ(kitti.errors, "");
  EXPECT_THAT(files(), testing::ElementsAre("0001/000000.png", "0001/000001.png", "0001/000002.png",
                                            "0001/000003.png"));
  EXPECT_FALSE(open_annotations(path("out/m.json")).file.annotations.at(0).masks.at(0));

  for (const char* name : {"000001.jpg", "000002.jpg"}) {
    scratch_.write(cat("challenge/0001/img1/", name), "");
  }
  const ProgramResult challenge = convert({"--images", path("challenge")});
  ASSERT_EQ(challenge.code, 0) << challenge.errors;
  EXPECT_THAT(challenge.errors, HasSubstr("1 of its frames have no picture (the first: 3); the "
                                          "pictures are numbered 1 to 2"));
  EXPECT_THAT(files(), testing::ElementsAre("0001/img1/000001.jpg", "0001/img1/000002.jpg"));

  fs::create_directories(path("nothing"));
  const ProgramResult none = convert({"--images", path("nothing")});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.errors, HasSubstr("sequence '0001': has no pictures in "));
}

TEST_F(DatasetVerb, ConvertReadsTheFoldersOfMotsChallengeAndPngFramesFrom1) {
  scratch_.write("train/MOTS20-02/gt/gt.txt", "1 2000 2 2 4 017\n");
  const ProgramResult text =
      run({"convert", path("train"), "--from", "mots_text", "--out", path("m.json")});
  ASSERT_EQ(text.code, 0) << text.errors;
  EXPECT_EQ(open_annotations(path("m.json")).file.videos.at(0).name, "MOTS20-02");
  fs::create_directories(path("png/0002"));
  for (int t = 1; t < 3; ++t) {
    write_index_picture(path(cat("png/0002/00000", t, ".png")),
                        {{1, 2}, {2000, static_cast<uint16_t>(2001 * (t - 1))}}, IndexForm::grey16);
  }
  const ProgramResult png =
      run({"convert", path("png"), "--from", "mots_png", "--out", path("p.json")});
  ASSERT_EQ(png.code, 0) << png.errors;
  const OpenedAnnotations loaded = open_annotations(path("p.json"));
  EXPECT_EQ(loaded.file.videos.at(0).length, 2);
  EXPECT_EQ(loaded.file.annotations.size(), 2u);
}

TEST_F(DatasetVerb, ConvertUnitesTheMasksOfAnObjectOfMotsInAFrame) {
  scratch_.write("mots/0001.txt", "0 1000 1 2 4 017\n0 1000 1 2 4 116\n");
  const ProgramResult result =
      run({"convert", path("mots"), "--from", "mots_text", "--out", path("m.json")});
  ASSERT_EQ(result.code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("0001.txt:2: object 1000 already has a mask in frame 0; its "
                                       "mask is the union of both"));
  EXPECT_EQ(open_annotations(path("m.json")).file.annotations.at(0).masks.at(0)->area(), 2);
}

TEST_F(DatasetVerb, ConvertRefusesWhatFaultsLeaveEmpty) {
  CLIPWORK_NEEDS_VIDEO();
  const std::string file = write("[" + annotation("null") + "]");
  const ProgramResult tracks = run({"convert", file, "--out", path("o.json")});
  EXPECT_EQ(tracks.code, 2);
  EXPECT_THAT(tracks.errors,
              HasSubstr("contains no annotations that can be used, because of 1 fault"));
  scratch_.write("d/JPEGImages/480p/s/00000.jpg", ppm(3, 2));
  scratch_.write("d/Annotations/480p/s/00000.jpg", ppm(3, 2));
  const ProgramResult masks = run({"convert", path("d"), "--out", path("o.json")});
  EXPECT_EQ(masks.code, 2);
  EXPECT_THAT(masks.errors, HasSubstr("expected masks in PNG format"));
  EXPECT_FALSE(fs::exists(path("o.json")));
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
      {"truncated.mp4", 3, "44 of 80 frames could be"},
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
