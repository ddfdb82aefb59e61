// Data sets of picture files. What plugins make of them is tested with these.

#include <clipwork/data/picture_dataset.h>
#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

class Pictures final : public PictureDataset {
 public:
  explicit Pictures(const std::string& file) { take(open_annotations(file), "/nowhere"); }
  using PictureDataset::keep;
};

}  // namespace

TEST(PictureDatasetTest, HandsOutTheSameTracksToEverybody) {
  ScratchFolder scratch;
  const std::string file =
      scratch
          .write("x.json", one_video("[" + annotation("[" + std::string(kPixel) + ", null]") + "]"))
          .string();
  VideoTracks tracks;
  {
    const Pictures dataset(file);
    tracks = dataset.tracks(0);
    EXPECT_EQ(&dataset.tracks(0)[0], &tracks[0]) << "no copy";
  }
  ASSERT_EQ(tracks.size(), 1u);
  EXPECT_EQ(tracks[0].masks.at(0)->area(), 1) << "they outlive the data set";
  EXPECT_THROW(tracks.at(1), std::out_of_range);
}

TEST(PictureDatasetTest, KeepsTheVideosOfASplitWithTheirTracks) {
  ScratchFolder scratch;
  const std::string file =
      scratch
          .write("x.json",
                 json("{'videos': [{'id': 1, 'name': 'a', 'width': 4, 'height': 2, 'length': 1}, "
                      "{'id': 2, 'name': 'b', 'width': 4, 'height': 2, 'length': 1}], "
                      "'categories': [{'id': 3, 'name': 'dog'}], 'annotations': [{'id': 7, "
                      "'video_id': 2, 'category_id': 3, 'iscrowd': 0, 'areas': [1], "
                      "'segmentations': [" +
                      std::string(kPixel) + "]}]}"))
          .string();
  const std::string split = scratch
                                .write("s.toml", cat("name = 's'\nvideos = ['b']\nhash = '",
                                                     Split::hash_of({"b"}), "'\n"))
                                .string();
  Pictures dataset(file);
  EXPECT_TRUE(dataset.tracks(0).empty());
  dataset.keep(split);
  ASSERT_EQ(dataset.videos().size(), 1u);
  EXPECT_EQ(dataset.tracks(0).at(0).id, 7);
}
