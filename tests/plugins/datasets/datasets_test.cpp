// Data sets as plugins: the same typed videos, tracks and classes, whatever they are stored as.

#include <clipwork/data/picture_dataset.h>
#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/index_picture.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

namespace {

class Datasets : public testing::Test {
 protected:
  ScratchFolder scratch_;
  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }

  /// A folder train.json, train/JPEGImages/dogs/0.jpg.
  void write_videos() {
    scratch_.write("y/train.json",
                   one_video("[" + annotation(std::string("[") + kPixel + ", null]") + "]"));
    scratch_.write("y/train/JPEGImages/dogs/0.jpg", ppm(4, 2, 9));
    scratch_.write("y/train/JPEGImages/dogs/1.jpg", ppm(4, 2, 8));
  }
  /// Three COCO pictures of a bicycle, a person and a spoon.
  void write_pictures() {
    std::string images, annotations;
    for (int i = 1; i <= 3; ++i) {
      images += cat(i > 1 ? "," : "", "{'id': ", i, ", 'width': 4, 'height': 2, 'file_name': '", i,
                    ".jpg'}");
      annotations +=
          cat(i > 1 ? "," : "", "{'id': ", i, ", 'image_id': ", i, ", 'category_id': ", i,
              ", 'iscrowd': 0, 'area': 1, 'segmentation': ", kPixel, "}");
      scratch_.write(cat("c/images/", i, ".jpg"), ppm(4, 2));
    }
    scratch_.write("c/coco.json",
                   json("{'images': [" + images + "], 'annotations': [" + annotations +
                        "], 'categories': [{'id': 1, 'name': 'bicycle'}, {'id': 2, "
                        "'name': 'person'}, {'id': 3, 'name': 'spoon'}]}"));
  }
  Value pictures() const { return table({{"type", "coco"}, {"annotations", path("c/coco.json")}}); }
  static std::string refusal(const std::string& name, const Members& members) {
    return test::error_of<InputError>([&] { open(name, members); });
  }
};

}  // namespace

TEST_F(Datasets, AVideoFileOfAnnotationsGivesVideosTracksAndClassesInOrderOfIds) {
  write_videos();
  const auto dataset = open("youtube_vis", {{"annotations", path("y/train.json")}});
  EXPECT_THAT(dataset->categories(), ElementsAre(Category{1, "cat"}, Category{3, "dog"}));
  ASSERT_EQ(dataset->videos().size(), 1u);
  EXPECT_EQ(dataset->videos()[0].name, "dogs");
  EXPECT_EQ(dataset->videos()[0].files[1], path("y/train/JPEGImages/dogs/1.jpg"));
  const VideoTracks tracks = dataset->tracks(0);
  ASSERT_EQ(tracks.size(), 1u);
  EXPECT_EQ(tracks[0].id, 7);
  EXPECT_EQ(tracks[0].category, 1) << "an index into the classes";
  EXPECT_TRUE(dataset->annotated());
}

TEST_F(Datasets, TheFoldersOfAllKnownLayoutsAreFound) {
  const std::pair<const char*, const char*> layouts[] = {
      {"a/train.json", "a/train/JPEGImages"},
      {"b/valid/instances.json", "b/valid/JPEGImages"},
      {"c/annotations/train.json", "c/train"},
      {"d/annotations_valid.json", "d/valid"},
      {"e/annotations/instances_train_sub.json", "e/train"},
      {"f/annotations/instances_train2017.json", "f/train2017"},
      {"g/x.json", "g/images"},
      {"h/x.json", "h"},
  };
  for (const auto& [file, images] : layouts) {
    scratch_.write(file, one_video("null"));
    scratch_.write(std::string(images) + "/dogs/0.jpg", "");
    const auto dataset = open("ovis", {{"annotations", path(file)}});
    EXPECT_EQ(dataset->videos()[0].files[0], path(std::string(images) + "/dogs/0.jpg"));
    EXPECT_FALSE(dataset->annotated());
  }
  scratch_.write("z/train.json", one_video("null"));
  EXPECT_THAT(refusal("youtube_vis", {{"annotations", path("z/train.json")}}),
              HasSubstr("z/train/JPEGImages\n"));
}

TEST_F(Datasets, FramesAreReadByContentAndNamedWhereTheyCannotBe) {
  if (!fs::exists(build_dir() / "plugins/media.so")) GTEST_SKIP() << "built without CLIPWORK_VIDEO";
  write_videos();
  scratch_.write("y/train/JPEGImages/dogs/1.jpg", ppm(3, 2));
  const auto dataset = open("youtube_vis", {{"annotations", path("y/train.json")}});
  const Frame frame = dataset->frame(0, 0);
  EXPECT_EQ(frame.pixels.sizes(), at::IntArrayRef({3, 2, 4}));
  auto message = [&](int64_t t) -> std::string {
    try {
      dataset->frame(0, t);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message(1), HasSubstr("video 1 (dogs), frame 1"));
  EXPECT_THAT(message(1), HasSubstr("the picture is 3x2, the video 4x2"));
  EXPECT_THAT(message(2), HasSubstr("the video has only 2 pictures"));
  fs::remove(path("y/train/JPEGImages/dogs/1.jpg"));
  EXPECT_THAT(message(1), HasSubstr("there is no such file"));
  fs::create_symlink("/etc/hostname", path("y/train/JPEGImages/dogs/1.jpg"));
  EXPECT_THAT(message(1), HasSubstr("a link that leads out of"));
}

TEST_F(Datasets, PicturesAreVideosOfOneFrame) {
  write_pictures();
  const auto dataset = open("coco", {{"annotations", path("c/coco.json")}});
  ASSERT_EQ(dataset->videos().size(), 3u);
  EXPECT_EQ(dataset->videos()[2].length, 1);
  EXPECT_EQ(dataset->videos()[2].files[0], path("c/images/3.jpg"));
  EXPECT_EQ(dataset->tracks(2).at(0).masks.at(0)->area(), 1);
  EXPECT_TRUE(dataset->faults().empty()) << text(dataset->faults());
}

TEST_F(Datasets, PseudoClipsRepeatPicturesAndMapTheirClasses) {
  write_pictures();
  Value classes = table({{"bicycle", "motorbike"}, {"person", "person"}});
  const auto clips =
      open("pseudo_clips", {{"pictures", pictures()}, {"frames", 3}, {"classes", classes}});
  EXPECT_THAT(clips->categories(), ElementsAre(Category{1, "motorbike"}, Category{2, "person"}));
  ASSERT_EQ(clips->videos().size(), 2u) << "the spoon's picture keeps no object";
  EXPECT_EQ(clips->videos()[0].length, 3);
  EXPECT_EQ(clips->videos()[0].files.size(), 3u);
  const VideoTracks tracks = clips->tracks(1);
  EXPECT_EQ(tracks.at(0).category, 1);
  EXPECT_EQ(tracks[0].masks.size(), 3u);
  EXPECT_EQ(tracks[0].masks[2], tracks[0].masks[0]);

  classes.set("persn", "person");
  EXPECT_THAT(refusal("pseudo_clips", {{"pictures", pictures()}, {"classes", classes}}),
              HasSubstr("did you mean 'person'?"));
}

TEST_F(Datasets, TheShippedClassMapsNameClassesOfBothSides) {
  write_pictures();
  const std::pair<const char*, size_t> maps[] = {
      {"coco_to_ytvis2019", 21}, {"coco_to_ytvis2021", 23}, {"coco_to_ovis", 17}};
  for (const auto& [name, count] : maps) {
    const auto file = source_dir() / "configs/_base_/class_maps" / (std::string(name) + ".toml");
    const std::string content = read_file(file);
    EXPECT_EQ(std::count(content.begin(), content.end(), '='), count) << name;
    const auto clips =
        open("pseudo_clips", {{"pictures", pictures()}, {"class_map", file.string()}});
    EXPECT_EQ(clips->categories().size(), 2u) << name;
  }
}

TEST_F(Datasets, TheShippedClassMapsAreThoseOfThePublicCode) {
  CLIPWORK_NEEDS_SHARED("evaluation/categories.json");
  rapidjson::Document known;
  known.Parse(read_file(shared_dir() / "evaluation/categories.json").c_str());
  const std::tuple<const char*, const char*, const char*> maps[] = {
      {"coco_to_ytvis2019", "coco_to_youtube_vis_2019", "youtube_vis_2019"},
      {"coco_to_ytvis2021", "coco_to_youtube_vis_2021", "youtube_vis_2021"},
      {"coco_to_ovis", "coco_to_ovis", "ovis"}};
  for (const auto& [file, map, classes] : maps) {
    const Config config = load_config(
        (source_dir() / "configs/_base_/class_maps" / (std::string(file) + ".toml")).string());
    const Value& table = *config.find("classes");
    EXPECT_EQ(table.table_members()->size(), known[map].MemberCount());
    for (const auto& [from, to] : known[map].GetObject()) {
      const char* before = known["coco_ids_used"][from.GetString()].GetString();
      const auto* after = table.member(before);
      ASSERT_TRUE(after) << file << " " << before;
      EXPECT_EQ(*after->value.text(),
                known[classes][std::to_string(to.GetInt()).c_str()].GetString())
          << file << " " << before;
    }
  }
}

TEST_F(Datasets, ASplitKeepsItsVideosAndNoticesAChangedList) {
  write_pictures();
  const std::string good =
      cat("name = \"a\"\nvideos = [\"1\", \"3\"]\nhash = \"", Split::hash_of({"1", "3"}), "\"\n");
  const std::string split = scratch_.write("a.toml", good).string();
  const auto dataset = open("coco", {{"annotations", path("c/coco.json")}, {"split", split}});
  ASSERT_EQ(dataset->videos().size(), 2u);
  EXPECT_EQ(dataset->videos()[1].name, "3");
  EXPECT_EQ(dataset->tracks(1).at(0).category, 2);
  scratch_.write("a.toml", cat("name = \"a\"\nvideos = [\"1\"]\nhash = \"",
                               Split::hash_of({"1", "3"}), "\"\n"));
  EXPECT_THAT(refusal("coco", {{"annotations", path("c/coco.json")}, {"split", split}}),
              HasSubstr("the hash does not match the names"));
  scratch_.write("a.toml",
                 cat("name = \"a\"\nvideos = [\"9\"]\nhash = \"", Split::hash_of({"9"}), "\"\n"));
  EXPECT_THAT(refusal("coco", {{"annotations", path("c/coco.json")}, {"split", split}}),
              HasSubstr("contains the video '9'"));
}

TEST_F(Datasets, PathsOfAConfigAreRelativeToIt) {
  write_videos();
  Value annotations("train.json", Origin{path("y/config.toml"), 3, 1});
  const auto dataset = open("youtube_vis", {{"annotations", annotations}});
  EXPECT_EQ(dataset->videos().size(), 1u);
}

TEST_F(Datasets, PalettePicturesGiveTracksByTheirNumbers) {
  fs::create_directories(path("d/Annotations/480p/s"));
  for (const char* name : {"00000", "00001", "00002"}) {
    scratch_.write(cat("d/JPEGImages/480p/s/", name, ".jpg"), ppm(3, 2));
  }
  write_index_picture(path("d/Annotations/480p/s/00000.png"), {{2, 3}, {0, 1, 1, 0, 2, 255}},
                      IndexForm::palette);
  write_index_picture(path("d/Annotations/480p/s/00002.png"), {{2, 3}, {0, 0, 0, 2, 2, 0}},
                      IndexForm::palette);
  const auto dataset = open("davis", {{"path", path("d")}});
  ASSERT_EQ(dataset->videos().size(), 1u);
  EXPECT_EQ(dataset->videos()[0].size, (Size{2, 3}));
  const VideoTracks tracks = dataset->tracks(0);
  ASSERT_EQ(tracks.size(), 2u) << "255 is nobody's";
  EXPECT_EQ(tracks[0].id, 1);
  EXPECT_THAT(tracks[0].masks[0]->counts, ElementsAre(2, 1, 1, 1, 1));
  EXPECT_FALSE(tracks[1].masks[1]);
  EXPECT_EQ(tracks[1].masks[2]->area(), 2);
  scratch_.write("d/ImageSets/2017/val.txt", "../s\n");
  EXPECT_THAT(refusal("davis", {{"path", path("d")}, {"split", "val"}}), HasSubstr("leads out of"));
  EXPECT_THAT(refusal("davis", {{"path", path("d")}, {"split", "train"}}),
              HasSubstr("available: val"));
}

TEST_F(Datasets, AFolderGivesThePartThatItsSplitNames) {
  write_videos();
  EXPECT_EQ(open("youtube_vis", {{"path", path("y")}, {"split", "train"}})->videos().size(), 1u);
  const std::string text = read_file(path("y/train.json"));
  for (const char* place : {"z/valid.json", "v/valid/instances.json", "w/annotations_valid.json",
                            "x/annotations/instances_val.json"}) {
    scratch_.write(place, text);
    const fs::path root = scratch_.path() / *fs::path(place).begin();
    scratch_.write((root / "valid/JPEGImages/dogs/0.jpg").string(), ppm(4, 2));
    const auto dataset = open("ovis", {{"path", root.string()}, {"split", "valid"}});
    EXPECT_EQ(dataset->videos().at(0).name, "dogs") << place;
  }
  EXPECT_FALSE(open("ovis", {{"path", path("y")}, {"split", "train"}})->pictures());
  write_pictures();
  fs::rename(path("c/coco.json"), path("c/instances.json"));
  EXPECT_TRUE(open("coco", {{"path", path("c")}})->pictures());
}

TEST_F(Datasets, AFileOfASplitDividesTheTrainPartOfAFolder) {
  write_videos();
  const std::string hash = Split::hash_of({"dogs"});
  const std::string file =
      scratch_.write("mini.toml", cat("name = 'mini'\nvideos = ['dogs']\nhash = '", hash, "'\n"));
  EXPECT_EQ(open("youtube_vis", {{"path", path("y")}, {"split", file}})->videos().size(), 1u);
}

TEST_F(Datasets, AFolderWithoutThePartSaysWhatWasLookedFor) {
  write_videos();
  const std::string missing = refusal("youtube_vis", {{"path", path("y")}, {"split", "valid"}});
  EXPECT_THAT(missing, HasSubstr("has no annotation file for the split 'valid'"));
  EXPECT_THAT(missing, HasSubstr(path("y/valid/instances.json")));
  EXPECT_THAT(refusal("youtube_vis", {}), HasSubstr("give `path`"));
  EXPECT_THAT(refusal("youtube_vis", {{"annotations", path("y/train.json")}, {"split", "valid"}}),
              HasSubstr("the split 'valid' is not a file"));
}

TEST_F(Datasets, KeepTheAreasThatTheFileTells) {
  write_videos();
  const auto dataset = open("youtube_vis", {{"path", path("y")}, {"split", "train"}});
  EXPECT_EQ(dataset->tracks(0).at(0).areas, (std::vector<std::optional<double>>{1, 1}));
}

TEST_F(Datasets, IndexPicturesSurviveAndDamageIsRefused) {
  const IndexPicture picture{{2, 3}, {0, 1000, 2001, 10000, 0, 65535}};
  write_index_picture(path("a.png"), picture, IndexForm::grey16);
  EXPECT_EQ(read_index_picture(path("a.png")).values, picture.values);
  EXPECT_EQ(index_picture_size(path("a.png")), (Size{2, 3}));
  EXPECT_THROW(write_index_picture(path("b.png"), picture, IndexForm::palette), Error);
  const std::string bytes = read_file(path("a.png"));
  for (size_t cut = 0; cut < bytes.size() - 12; ++cut) {
    scratch_.write("cut.png", bytes.substr(0, cut));
    EXPECT_THROW(read_index_picture(path("cut.png")), InputError) << cut;
  }
  std::string huge = bytes;
  huge.replace(16, 8, "\x7f\xff\xff\xff\x7f\xff\xff\xff");
  scratch_.write("huge.png", huge);
  EXPECT_THROW(read_index_picture(path("huge.png")), InputError);
}

TEST_F(Datasets, VideosAreFilesFoldersOfPicturesAndFoldersOfThose) {
  CLIPWORK_NEEDS_VIDEO();
  for (int i = 0; i < 3; ++i) {
    scratch_.write(cat("v/one/", i, ".ppm"), ppm(4, 2, static_cast<char>(i)));
  }
  scratch_.write("v/empty/notes.txt", "");
  scratch_.write("v/text.mp4", "no video");
  const auto all = open("video", {{"path", path("v")}});
  ASSERT_EQ(all->videos().size(), 1u);
  EXPECT_EQ(all->videos()[0].name, "one");
  EXPECT_EQ(all->videos()[0].length, 3);
  EXPECT_THAT(text(all->faults()), HasSubstr("video 'text': "));
  const auto one = open("video", {{"path", path("v/one")}});
  EXPECT_EQ(one->videos().at(0).name, "one");
  EXPECT_EQ(one->frame(0, 2).pixels[0][0][0].item<int>(), 2);
  EXPECT_EQ(one->frame(0, 1).pixels[0][0][0].item<int>(), 1) << "a step back";
  const auto picture = open("video", {{"path", path("v/one/1.ppm")}});
  EXPECT_EQ(picture->videos().at(0).length, 1);
  EXPECT_THAT(refusal("video", {{"path", path("v/empty")}}), HasSubstr("contains no video"));
  EXPECT_THAT(refusal("video", {{"path", path("v/text.mp4")}}), HasSubstr("cannot be read as"));
  // A frame behind a bad one is not taken for it.
  scratch_.write("v/one/1.ppm", "no picture");
  const auto bad = open("video", {{"path", path("v/one")}});
  for (int again = 0; again < 2; ++again) EXPECT_THROW(bad->frame(0, 1), InputError);
}

TEST_F(Datasets, DogsJumpIsTheSameFromFoldersAndFromItsFile) {
  CLIPWORK_NEEDS_SHARED("data/train.json");
  const fs::path data = shared_dir() / "data";
  const auto folders = open("davis", {{"path", (data / "davis").string()}, {"split", "val"}});
  const auto file = open("youtube_vis", {{"annotations", (data / "train.json").string()},
                                         {"images", (data / "davis/JPEGImages/480p").string()}});
  EXPECT_EQ(text(file->faults()), "");
  EXPECT_EQ(text(folders->faults()), "");
  ASSERT_EQ(folders->videos().size(), 1u);
  ASSERT_EQ(file->videos().size(), 1u);
  EXPECT_EQ(folders->videos()[0].name, file->videos()[0].name);
  EXPECT_EQ(folders->videos()[0].size, file->videos()[0].size);
  ASSERT_EQ(file->videos()[0].length, 66);
  for (size_t t = 0; t < 66; ++t) {
    EXPECT_TRUE(fs::equivalent(folders->videos()[0].files[t], file->videos()[0].files[t]));
  }
  const VideoTracks a = folders->tracks(0), b = file->tracks(0);
  ASSERT_EQ(a.size(), 3u);
  ASSERT_EQ(b.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(a[i].masks, b[i].masks) << i;
}
