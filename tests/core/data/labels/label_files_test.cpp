// Label files are recognised by their contents.

#include <gmock/gmock.h>

#include "core/data/labels/label_test.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

class LabelFiles : public testing::Test {
 protected:
  ScratchFolder scratch_;
  std::optional<LabelTool> tool(const std::string& name, const std::string& content) {
    return label_tool_of(scratch_.write(name, content));
  }
};

}  // namespace

TEST_F(LabelFiles, AreRecognisedByWhatIsInThem) {
  EXPECT_EQ(tool("a.json", "\xEF\xBB\xBF {\"version\": \"5\", \"shapes\": []}"),
            LabelTool::labelme);
  EXPECT_EQ(tool("b.json", "[{\"id\": 1, \"annotations\": []}]"), LabelTool::label_studio);
  EXPECT_EQ(tool("c.xml", "<?xml version=\"1.0\"?>\n<annotations><version>"), LabelTool::cvat);
  EXPECT_EQ(tool("labels/d.txt", "0 0.1 0.1 0.4 0.1 0.4 0.5"), LabelTool::yolo);
  EXPECT_FALSE(tool("e.json", "{\"videos\": [], \"annotations\": []}"));
  EXPECT_FALSE(tool("f.json", "[{\"video_id\": 1, \"segmentations\": []}]"));
  EXPECT_FALSE(tool("g.xml", "<annotation><object/></annotation>"));
  EXPECT_FALSE(tool("h.txt", "0 1000 1 2 4 017"));
  EXPECT_FALSE(tool("labels/readme.txt", "these are the labels"));
  EXPECT_FALSE(tool("i.jpg", "no labels"));
}

TEST_F(LabelFiles, OfAFolderAreThoseOfOneTool) {
  scratch_.write("set/images/a.jpg", "");
  EXPECT_FALSE(label_tool_of(scratch_.path() / "set"));
  scratch_.write("set/labels/a.txt", "0 0.1 0.1 0.4 0.1 0.4 0.5");
  scratch_.write("set/notes.json", "{}");
  EXPECT_EQ(label_tool_of(scratch_.path() / "set"), LabelTool::yolo);
  scratch_.write("set/a.json", "{\"shapes\": []}");
  const std::string error = error_of<InputError>([&] { label_tool_of(scratch_.path() / "set"); });
  EXPECT_SAYS(error, "holds label files of different tools: ");
  EXPECT_SAYS(error, "a.json (labelme) and ");
  EXPECT_SAYS(error, "a.txt (YOLO); choose one with --from");
}

TEST_F(LabelFiles, OfOtherToolsAreNamed) {
  EXPECT_EQ(label_files_in(scratch_.path()), "");
  scratch_.write("a.xml", "<annotation><object><name>cat</name></object></annotation>");
  scratch_.write("b.xml", "<annotation/>");
  scratch_.write("c.json", "{\"_via_settings\": {}}");
  scratch_.write("d.csv", "1,2,3");
  EXPECT_EQ(label_files_in(scratch_.path()),
            "1 .json file of VIA, 2 .xml files of Pascal VOC, 1 .csv file");
}
