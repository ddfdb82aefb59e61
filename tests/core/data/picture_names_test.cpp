// File names in annotation files that are not relative to the image folder, or written on Windows.

#include <clipwork/data/picture_dataset.h>
#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class PictureNames : public testing::Test {
 protected:
  ScratchFolder scratch_;
  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }

  /// A file of a video with these two pictures.
  std::string write(std::string first, std::string second) const {
    for (std::string* name : {&first, &second}) {
      for (size_t at = 0; (at = name->find('\\', at)) != std::string::npos; at += 2) {
        name->insert(at, "\\");
      }
    }
    return scratch_
        .write("a.json", json(cat("{'videos': [{'id': 1, 'width': 4, 'height': 2, 'length': 2, "
                                  "'file_names': ['",
                                  first, "', '", second, "']}], 'categories': []}")))
        .string();
  }
  void write_pictures(const std::string& folder) const {
    scratch_.write(folder + "/v1/0.jpg", "");
    scratch_.write(folder + "/v1/1.jpg", "");
  }
};

}  // namespace

TEST_F(PictureNames, BackslashesAreSlashes) {
  const OpenedAnnotations opened = open_annotations(write("v1\\0.jpg", "v1\\1.jpg"));
  EXPECT_EQ(text(opened.faults), "");
  EXPECT_THAT(opened.file.videos.at(0).files, ElementsAre("v1/0.jpg", "v1/1.jpg"));
  EXPECT_EQ(opened.file.videos[0].name, "v1");
}

TEST_F(PictureNames, AbsolutePathsBelowTheImageFolderBecomeRelative) {
  // The pictures need not be there.
  const std::string file = write(path("images/v1/0.jpg"), path("images/v1/1.jpg"));
  for (const std::string& images : {path("images"), std::string()}) {
    const OpenedAnnotations opened = open_annotations(file, std::nullopt, images);
    EXPECT_THAT(text(opened.faults),
                HasSubstr(cat("pictures: 2 file names are absolute paths (the first: '",
                              path("images/v1/0.jpg"), "'); they are read as relative to ",
                              path("images"))));
    EXPECT_EQ(opened.faults.size(), 1u);
    EXPECT_THAT(opened.file.videos.at(0).files, ElementsAre("v1/0.jpg", "v1/1.jpg"));
  }
}

TEST_F(PictureNames, AbsolutePathsOfAnotherMachineAreFoundByTheirEndings) {
  write_pictures("images");
  for (const char* root : {"/data/mine/", "C:\\Users\\me\\images\\", "\\\\server\\share\\"}) {
    const std::string folder = root;
    const bool windows = folder.find('\\') != std::string::npos;
    const std::string file = write(folder + (windows ? "v1\\0.jpg" : "v1/0.jpg"),
                                   folder + (windows ? "v1\\1.jpg" : "v1/1.jpg"));
    const OpenedAnnotations opened = open_annotations(file);
    EXPECT_THAT(text(opened.faults), HasSubstr("2 file names are absolute paths")) << root;
    ASSERT_EQ(opened.file.videos.size(), 1u) << root;
    EXPECT_THAT(opened.file.videos[0].files, ElementsAre("v1/0.jpg", "v1/1.jpg")) << root;
    EXPECT_EQ(probe_images(file, opened.file), path("images"));
  }
}

TEST_F(PictureNames, AbsolutePathsThatLeadElsewhereStayAndLeaveTheVideoOut) {
  write_pictures("images");
  scratch_.write("secret.jpg", "");
  for (const std::string& name :
       {path("secret.jpg"), std::string("D:/x/y.jpg"), path("images/../secret.jpg")}) {
    const OpenedAnnotations opened =
        open_annotations(write(name, name), std::nullopt, path("images"));
    EXPECT_TRUE(opened.file.videos.empty()) << name;
  }
  EXPECT_THAT(text(open_annotations(write("D:/x/y.jpg", "D:/x/z.jpg")).faults),
              HasSubstr("the file name 'D:/x/y.jpg' is an absolute path, expected one relative to "
                        "the image folder; the video is left out"));
}

TEST_F(PictureNames, NamesOfImagesAreTreatedAlike) {
  const std::string file =
      scratch_
          .write("coco.json",
                 json(cat("{'images': [{'id': 1, 'width': 4, 'height': 2, 'file_name': '",
                          path("images/7.jpg"), "'}], 'annotations': [], 'categories': []}")))
          .string();
  const OpenedAnnotations opened = open_annotations(file, std::nullopt, path("images"));
  EXPECT_THAT(opened.file.videos.at(0).files, ElementsAre("7.jpg"));
}
