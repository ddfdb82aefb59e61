// Annotation files as they are written.

#include <clipwork/error.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class Written : public testing::Test {
 protected:
  ScratchFolder scratch_;
  OpenedAnnotations read(const std::string& content) {
    return open_annotations(scratch_.write("file.json", content).string());
  }
};

}  // namespace

TEST_F(Written, AreTheSameAfterBeingWrittenAndReadAgain) {
  const OpenedAnnotations first =
      read(one_video("[" +
                     annotation("[[[0, 0, 2, 0, 2, 2, 0, 2]], null]",
                                ", 'areas': [3.5, null], 'occlusion': ['severe_occlusion', null]") +
                     "]"));
  const auto copy = scratch_.path() / "copy.json";
  write_annotations(copy, first.file);
  const OpenedAnnotations again = open_annotations(copy.string());
  EXPECT_EQ(text(again.faults), "");
  EXPECT_EQ(again.file.annotations.at(0).masks, first.file.annotations[0].masks);
  EXPECT_EQ(again.file.annotations[0].areas, first.file.annotations[0].areas);
  EXPECT_EQ(again.file.annotations[0].occlusion, first.file.annotations[0].occlusion);
  EXPECT_EQ(again.file.videos[0].files, first.file.videos[0].files);
  rapidjson::Document document;
  document.Parse(read_file(copy).c_str());
  EXPECT_EQ(document["annotations"][0]["bboxes"][0][2].GetInt(), 2);
}

TEST_F(Written, MakeTheirFolder) {
  const auto copy = scratch_.path() / "new/folder/copy.json";
  write_annotations(copy, read(one_video("[]")).file);
  EXPECT_EQ(open_annotations(copy.string()).file.videos.size(), 1u);
}
