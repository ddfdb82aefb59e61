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
using testing::Not;
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
  /// The sequence of a DAVIS folder d: pictures, and a mask of each whose values are not empty.
  void write_sequence(const std::string& name, const std::vector<std::vector<uint16_t>>& masks,
                      Size size = {2, 3}) const {
    fs::create_directories(path("d/Annotations/480p/" + name));
    for (size_t t = 0; t < masks.size(); ++t) {
      scratch_.write(cat("d/JPEGImages/480p/", name, "/0000", t, ".jpg"),
                     ppm(static_cast<int>(size.width), static_cast<int>(size.height)));
      if (masks[t].empty()) continue;
      write_index_picture(path(cat("d/Annotations/480p/", name, "/0000", t, ".png")),
                          {size, masks[t]}, IndexForm::palette);
    }
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
  write_sequence("s", {{0, 1, 1, 0, 2, 255}, {0, 0, 0, 0, 0, 0}, {0, 0, 0, 2, 2, 0}});
  const auto dataset = open("davis", {{"path", path("d")}});
  EXPECT_EQ(text(dataset->faults()), "");
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

TEST_F(Datasets, MasksOf0And255AloneShowOneObject) {
  write_sequence("s", {{0, 255, 255, 0, 0, 0}, {0, 0, 0, 255, 0, 0}});
  write_sequence("t", {{0, 255, 255, 0, 0, 0}, {0, 0, 0, 255, 0, 1}});
  const auto dataset = open("davis", {{"path", path("d")}});
  EXPECT_THAT(
      text(dataset->faults()),
      HasSubstr("video 1 (s), frame 0: holds only the values 0 and 255, which is void where "
                "masks have numbers of objects; 255 is read as one object"))
      << "known from the start";
  const VideoTracks one = dataset->tracks(0), numbered = dataset->tracks(1);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].id, 255);
  EXPECT_EQ(one[0].masks[0]->area(), 2);
  EXPECT_EQ(one[0].masks[1]->area(), 1);
  ASSERT_EQ(numbered.size(), 1u);
  EXPECT_EQ(numbered[0].id, 1) << "with another number, 255 is void";
  const std::string read = text(dataset->faults());
  EXPECT_THAT(read, HasSubstr("video 1 (s): holds only the values 0 and 255"));
  EXPECT_THAT(read, Not(HasSubstr("video 2 (t)"))) << "its other masks say more";
}

TEST_F(Datasets, ValuesOfSmoothedEdgesAreNoObjects) {
  // A square of 4 x 4 pixels with a grey seam.
  const auto square = [](uint16_t value, uint16_t seam) {
    std::vector<uint16_t> mask(100);
    for (int y = 2; y < 8; ++y) {
      for (int x = 2; x < 8; ++x) {
        const bool inner = x > 2 && x < 7 && y > 2 && y < 7;
        mask[static_cast<size_t>(10 * y + x)] = inner ? value : seam;
      }
    }
    return mask;
  };
  write_sequence("s", {square(255, 128), square(255, 64)}, {10, 10});
  write_sequence("t", {square(3, 3), square(3, 1)}, {10, 10});
  write_sequence("u", {square(7, 0)}, {10, 10});
  const auto dataset = open("davis", {{"path", path("d")}});
  const VideoTracks smoothed = dataset->tracks(0), edged = dataset->tracks(1),
                    alone = dataset->tracks(2);
  ASSERT_EQ(smoothed.size(), 1u);
  EXPECT_EQ(smoothed[0].id, 255);
  EXPECT_EQ(smoothed[0].masks[0]->area(), 16);
  ASSERT_EQ(edged.size(), 1u);
  EXPECT_EQ(edged[0].id, 3);
  ASSERT_EQ(alone.size(), 1u) << "numbers need not begin with 1";
  const std::string faults = text(dataset->faults());
  EXPECT_THAT(faults, HasSubstr("video 1 (s): the values 64, 128 occur along edges alone"));
  EXPECT_THAT(faults, HasSubstr("video 2 (t): the value 1 occurs along edges alone"));
  EXPECT_THAT(faults, Not(HasSubstr("video 3")));
}

TEST_F(Datasets, MasksWithTheNoiseOfJpegShowNoObjects) {
  std::vector<uint16_t> mask(400);
  for (size_t i = 0; i < mask.size(); ++i) {
    const auto x = static_cast<int>(i % 20), y = static_cast<int>(i / 20);
    const int inside = std::min({x - 3, 16 - x, y - 3, 16 - y});
    // Ringing on both sides of an edge.
    mask[i] = static_cast<uint16_t>(inside >= 3   ? 255
                                    : inside >= 1 ? 252 + (x + y) % 4
                                    : inside == 0 ? 130
                                    : inside > -3 ? (x * y) % 4
                                                  : 0);
  }
  write_sequence("s", {mask}, {20, 20});
  const auto dataset = open("davis", {{"path", path("d")}});
  EXPECT_TRUE(dataset->tracks(0).empty());
  EXPECT_THAT(text(dataset->faults()), HasSubstr("as pictures have that were saved as JPEG"));
}

TEST_F(Datasets, FramesWithoutMasksAreNotFramesWithoutObjects) {
  write_sequence("s", {{0, 1, 1, 0, 0, 0}, {}, {}, {0, 0, 0, 1, 0, 0}});
  write_sequence("t", {{0, 1, 1, 0, 0, 0}});
  write_sequence("u", {{}, {}});
  const auto dataset = open("davis", {{"path", path("d")}});
  EXPECT_THAT(
      text(dataset->faults()),
      HasSubstr("video 1 (s): masks of 2 of 4 frames are missing; the video consists of the "
                "other 2 frames"));
  EXPECT_THAT(text(dataset->faults()), HasSubstr("sequence 'u': there are no masks of pictures"));
  ASSERT_EQ(dataset->videos().size(), 2u);
  EXPECT_EQ(dataset->videos()[0].length, 2);
  EXPECT_EQ(fs::path(dataset->videos()[0].files[1]).filename(), "00003.jpg");
  const VideoTracks tracks = dataset->tracks(0);
  for (const auto& mask : tracks.at(0).masks) EXPECT_TRUE(mask);
}

TEST_F(Datasets, MasksOfFirstFramesAloneAreThoseOfATestSet) {
  CLIPWORK_NEEDS_VIDEO();
  write_sequence("s", {{0, 1, 1, 0, 0, 0}, {}, {}});
  write_sequence("t", {{0, 1, 1, 0, 0, 0}, {}});
  const auto dataset = open("davis", {{"path", path("d")}});
  EXPECT_FALSE(dataset->annotated());
  EXPECT_EQ(dataset->videos().at(0).length, 3);
  EXPECT_THAT(text(dataset->faults()), HasSubstr("as in a test set; these masks are not used"));
}

TEST_F(Datasets, MasksThatBelongToNoPictureAreReported) {
  write_sequence("s", {{0, 1, 1, 0, 0, 0}, {0, 1, 1, 0, 0, 0}, {0, 1, 1, 0, 0, 0}});
  const fs::path masks = path("d/Annotations/480p/s");
  for (const int t : {2, 1, 0}) {
    fs::rename(masks / cat("0000", t, ".png"), masks / cat("0000", t + 1, ".png"));
  }
  const std::string shifted = text(open("davis", {{"path", path("d")}})->faults());
  EXPECT_THAT(shifted, HasSubstr(cat("1 file of ", masks.string(),
                                     " (00003.png) belongs to no picture: masks are numbered 1 "
                                     "higher than pictures")));
  EXPECT_THAT(shifted, HasSubstr("masks of 1 of 3 frames are missing"));
  scratch_.write("d/Annotations/480p/s/00009.png", read_file(masks / "00001.png"));
  EXPECT_THAT(
      text(open("davis", {{"path", path("d")}})->faults()),
      HasSubstr("2 files of " + masks.string() + " (the first: 00003.png) belong to no picture; "));
}

TEST_F(Datasets, MasksWithOtherNamesArePairedByTheirNumbers) {
  write_sequence("s", {{0, 1, 1, 0, 0, 0}, {0, 1, 0, 0, 0, 0}});
  const fs::path masks = path("d/Annotations/480p/s");
  fs::rename(masks / "00000.png", masks / "mask_0.png");
  fs::rename(masks / "00001.png", masks / "mask_1.png");
  const auto dataset = open("davis", {{"path", path("d")}});
  EXPECT_THAT(
      text(dataset->faults()),
      HasSubstr("masks are not named as pictures: mask_0.png, 00000.jpg; they are paired by "
                "the numbers in their names"));
  EXPECT_EQ(dataset->tracks(0).at(0).masks.at(1)->area(), 1);
}

TEST_F(Datasets, MasksThatAreNotPngAreReported) {
  CLIPWORK_NEEDS_VIDEO();
  write_sequence("s", {{}, {}});
  for (const char* name : {"00000.jpg", "00001.jpg", "notes.txt"}) {
    scratch_.write(cat("d/Annotations/480p/s/", name), "");
  }
  const auto dataset = open("davis", {{"path", path("d")}});
  EXPECT_FALSE(dataset->annotated());
  EXPECT_THAT(text(dataset->faults()),
              HasSubstr(cat("video 1 (s): expected masks in PNG format, found 2 files of ",
                            path("d/Annotations/480p/s"), " (the first: 00000.jpg)")));
}

TEST_F(Datasets, FramesOfFoldersAreInTheOrderOfTheirNumbers) {
  write_sequence("s", {{0, 1, 1, 0, 0, 0}, {0, 1, 1, 0, 0, 0}, {0, 1, 0, 0, 0, 0}});
  const auto rename = [&](const char* folder, const std::string& ending, int t,
                          const std::string& name) {
    fs::rename(path(cat("d/", folder, "/480p/s/0000", t, ending)),
               path(cat("d/", folder, "/480p/s/", name)));
  };
  rename("JPEGImages", ".jpg", 0, "2.png");
  rename("JPEGImages", ".jpg", 1, "9.JPG");
  rename("JPEGImages", ".jpg", 2, "10.jpg");
  rename("Annotations", ".png", 0, "2.png");
  rename("Annotations", ".png", 1, "9.PNG");
  rename("Annotations", ".png", 2, "10.png");
  scratch_.write("d/JPEGImages/480p/s/9.png", ppm(3, 2));
  const auto dataset = open("davis", {{"path", path("d")}});
  ASSERT_EQ(dataset->videos().at(0).length, 3);
  std::vector<std::string> names;
  for (const std::string& file : dataset->videos()[0].files) {
    names.push_back(fs::path(file).filename().string());
  }
  EXPECT_THAT(names, ElementsAre("2.png", "9.JPG", "10.jpg"));
  EXPECT_EQ(dataset->tracks(0).at(0).masks.at(2)->area(), 1);
  EXPECT_THAT(text(dataset->faults()), HasSubstr("other pictures have the names of 1 file of"));
}

TEST_F(Datasets, SequencesThatListsAndMasksNameMustBeThere) {
  write_sequence("s", {{0, 1, 1, 0, 0, 0}});
  fs::create_directories(path("d/Annotations/480p/gone"));
  scratch_.write("d/ImageSets/2017/val.txt", "s\nlost\ns\n");
  const std::string all = text(open("davis", {{"path", path("d")}})->faults());
  EXPECT_THAT(all, HasSubstr("val.txt: there are no pictures of 1 sequence (the first: 'lost')"));
  EXPECT_THAT(all, HasSubstr("480p: there are no pictures of 1 sequence (the first: 'gone')"));
  const auto val = open("davis", {{"path", path("d")}, {"split", "val"}});
  EXPECT_EQ(val->videos().size(), 1u) << "a repeated name is one sequence";
  EXPECT_THAT(text(val->faults()), HasSubstr("sequence 'lost': there are no pictures in "));
  EXPECT_EQ(val->faults().at(0).data, path("d"));
  scratch_.write("d/ImageSets/2017/none.txt", "lost\n");
  EXPECT_THAT(refusal("davis", {{"path", path("d")}, {"split", "none"}}),
              HasSubstr("none of its sequences can be used, because of 1 fault"));
  // As DAVIS 2016 lists them.
  scratch_.write("d/ImageSets/480p/train.txt",
                 "/JPEGImages/480p/s/00000.jpg /Annotations/480p/s/00000.png \n");
  const auto old = open("davis", {{"path", path("d")}, {"split", "train"}, {"year", "480p"}});
  EXPECT_EQ(old->videos().at(0).name, "s");
}

TEST_F(Datasets, FoldersWithoutAResolutionAreThoseOfYoutubeVos) {
  write_sequence("s", {{0, 1, 1, 0, 0, 0}});
  for (const char* folder : {"d/JPEGImages", "d/Annotations"}) {
    fs::rename(path(cat(folder, "/480p/s")), path(cat(folder, "/s")));
    fs::remove(path(cat(folder, "/480p")));
  }
  const auto dataset = open("davis", {{"path", path("d")}});
  EXPECT_EQ(text(dataset->faults()), "");
  EXPECT_EQ(dataset->tracks(0).size(), 1u);
}

TEST_F(Datasets, CocoWithTrackIdsIsReadAsVideos) {
  std::string images, annotations;
  for (int i = 0; i < 4; ++i) {
    images += cat(i > 0 ? ", " : "", "{'id': ", i + 1, ", 'video_id': ", i / 2 + 1,
                  ", 'frame_id': ", i % 2, ", 'width': 4, 'height': 2, 'file_name': 'v", i / 2 + 1,
                  "/", i % 2, ".jpg'}");
    annotations += cat(i > 0 ? ", " : "", "{'id': ", i + 1, ", 'image_id': ", i + 1,
                       ", 'category_id': 1, 'iscrowd': 0, 'area': 1, 'segmentation': ", kPixel,
                       ", 'attributes': {'track_id': 0}}");
    scratch_.write(cat("t/images/v", i / 2 + 1, "/", i % 2, ".jpg"), ppm(4, 2));
  }
  const std::string rest = "], 'categories': [{'id': 1, 'name': 'cat'}], 'annotations': [";
  scratch_.write("t/train.json", json("{'images': [" + images + rest + annotations + "]}"));
  const auto dataset = open("youtube_vis", {{"annotations", path("t/train.json")}});
  EXPECT_EQ(text(dataset->faults()), "");
  EXPECT_FALSE(dataset->pictures());
  ASSERT_EQ(dataset->videos().size(), 2u);
  EXPECT_EQ(dataset->videos()[1].length, 2);
  ASSERT_EQ(dataset->tracks(1).size(), 1u);
  EXPECT_TRUE(dataset->tracks(1)[0].masks.at(1));
  EXPECT_THAT(open("coco", {{"annotations", path("t/train.json")}})->videos(), testing::SizeIs(4));
  write_pictures();
  EXPECT_THAT(refusal("youtube_vis", {{"annotations", path("c/coco.json")}}),
              HasSubstr("use the data set 'coco'"));
}

TEST_F(Datasets, ThatFaultsLeaveEmptyAreRefused) {
  write_videos();
  const auto problem = [&](const std::string& content) {
    const std::string file = scratch_.write("y/train.json", content).string();
    return refusal("youtube_vis", {{"annotations", file}});
  };
  EXPECT_THAT(
      problem(one_video("[" + annotation("null") + "]")),
      HasSubstr("none of its 1 annotations can be used, because of 1 fault (the first: video "
                "1 (dogs), annotation 7: has no mask in any frame; it is left out)"));
  EXPECT_THAT(problem(json("{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 1, "
                           "'file_names': ['../0.jpg']}], 'categories': []}")),
              HasSubstr("none of its videos can be used"));
  const std::string file = scratch_.write("y/train.json", one_video("[]")).string();
  EXPECT_TRUE(open("youtube_vis", {{"annotations", file}})->annotated()) << "it was empty before";
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
