// CVAT's XML, as CVAT 2 exports it.

#include <gmock/gmock.h>

#include "core/data/labels/label_test.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

namespace {

class Cvat : public testing::Test {
 protected:
  ScratchFolder scratch_;

  static std::string video(const std::string& tracks, const std::string& task = "",
                           const std::string& version = "1.1") {
    return json(
        "<?xml version='1.0' encoding='utf-8'?>\n<annotations><version>" + version +
        "</version><meta><task><id>5</id><name>dogs</name><size>6</size><mode>interpolation</mode>"
        "<start_frame>0</start_frame><stop_frame>5</stop_frame><frame_filter></frame_filter>"
        "<labels><label><name>dog</name><color>#ff0000</color><type>any</type><attributes/></label>"
        "<label><name>cat</name></label></labels>" +
        (task.empty() ? "<original_size><width>64</width><height>36</height></original_size>"
                      : task) +
        "</task><dumped>2026-01-01</dumped></meta>" + tracks + "</annotations>");
  }
  static std::string images(const std::string& images) {
    return json(
        "<annotations><version>1.1</version><meta><task><name>pictures</name><labels><label><name>"
        "cat</name></label><label><name>dog</name></label></labels></task></meta>" +
        images + "</annotations>");
  }
  static std::string polygon(int frame, const std::string& points, const std::string& more = "") {
    return cat("<polygon frame='", frame, "' keyframe='1' outside='0' occluded='0' points='",
               points, "' z_order='0' ", more, "></polygon>");
  }
  LabelledData read(const std::string& xml, const std::string& images = "") {
    LabelSource source;
    source.path = scratch_.write("annotations.xml", xml);
    source.images = images;
    return read_cvat(source);
  }
  std::string error(const std::string& xml) {
    return error_of<InputError>([&] { read(xml); });
  }
};

const std::string kSquare = "4.00,4.00;20.00,4.00;20.00,16.00;4.00,16.00";

}  // namespace

TEST_F(Cvat, ReadsTracksOfVideos) {
  const LabelledData data = read(video(
      "<track id='0' label='cat' source='manual'>" + polygon(0, kSquare) +
      polygon(1, "4.00,4.00;20.00,4.00;20.00,20.00;4.00,20.00") +
      "<polygon frame='2' keyframe='1' outside='1' occluded='0' points='" + kSquare +
      "' z_order='0'></polygon></track>"
      "<track id='1' label='dog' source='file'><box frame='4' keyframe='1' outside='0' "
      "occluded='1' xtl='0.00' ytl='0.00' xbr='64.00' ybr='36.00' z_order='0'></box>"
      "<box frame='5' keyframe='0' outside='0' occluded='0' xtl='0.00' ytl='0.00' xbr='32.00' "
      "ybr='36.00' z_order='0'></box></track>"));
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.file.videos.at(0).name, "dogs");
  EXPECT_EQ(data.file.videos[0].length, 6);
  EXPECT_EQ(data.file.videos[0].files.at(5), "dogs/frame_000005.jpg");
  EXPECT_THAT(track_lines(data.file),
              ElementsAre("dogs cat 0:192 1:256", "dogs dog 4:2304 5:1152"));
  EXPECT_EQ(data.file.categories.at(0).name, "dog") << "labels keep the order of the task";
  EXPECT_THAT(join(data.remarks), HasSubstr("--images"));
}

TEST_F(Cvat, ReadsMasksAsRunsAlongTheRowsOfTheirBox) {
  const LabelledData data =
      read(video("<track id='0' label='cat'><mask frame='0' keyframe='1' outside='0' occluded='0' "
                 "rle='0, 2, 2, 2' left='10' top='20' width='3' height='2' z_order='0'/></track>"));
  EXPECT_EQ(text(data.faults), "");
  EXPECT_EQ(data.file.annotations.at(0).masks.at(0),
            rectangles({36, 64}, {{10, 20, 12, 21}, {11, 21, 13, 22}}));
}

TEST_F(Cvat, TakesFramesOfATaskThatSkipsSome) {
  std::string xml = video("<track id='0' label='cat'>" + polygon(10, kSquare) +
                          polygon(15, kSquare) + polygon(16, kSquare) + "</track>");
  const auto replace = [&](const std::string& part, const std::string& by) {
    xml.replace(xml.find(part), part.size(), by);
  };
  replace("<start_frame>0", "<start_frame>5");
  replace("<frame_filter>", "<frame_filter>step=5");
  const LabelledData data = read(xml);
  EXPECT_THAT(track_lines(data.file), ElementsAre("dogs cat 1:192 2:192"));
  EXPECT_EQ(data.file.videos.at(0).files.at(1), "dogs/frame_000010.jpg");
  EXPECT_SAYS(text(data.faults), "there is no frame 16");
  replace("step=5", "step=x");
  EXPECT_SAYS(error(xml), "expected step=N in <frame_filter>, found 'step=x'");
}

TEST_F(Cvat, InterpolatesFramesThatAFileLeavesOut) {
  const LabelledData data =
      read(video("<track id='0' label='cat'>" + polygon(0, kSquare) +
                 polygon(4, "12.00,4.00;28.00,4.00;28.00,16.00;12.00,16.00") +
                 "</track>"
                 "<track id='1' label='dog'>" +
                 polygon(0, kSquare) + polygon(2, "0,0;4,0;8,0;8,8;0,8") + "</track>"));
  EXPECT_SAYS(text(data.faults),
              "track 0 ('cat'): no shapes between frames 0 and 4 of the video; "
              "they are interpolated");
  EXPECT_SAYS(text(data.faults),
              "track 1 ('dog'): no shapes between frames 0 and 2 of the video; "
              "the shape stays as it is");
  EXPECT_THAT(track_lines(data.file),
              ElementsAre("dogs cat 0:192 1:192 2:192 3:192 4:192", "dogs dog 0:192 1:192 2:64"));
  EXPECT_EQ(data.file.annotations.at(0).masks.at(2), rectangles({36, 64}, {{8, 4, 24, 16}}));
}

TEST_F(Cvat, UnitesTracksOfOneLabelAndGroup) {
  const std::string right = "30.00,4.00;34.00,4.00;34.00,8.00;30.00,8.00";
  const LabelledData data =
      read(video("<track id='0' label='cat' group_id='3'>" + polygon(0, kSquare) +
                 "</track>"
                 "<track id='1' label='cat' group_id='3'>" +
                 polygon(0, right) + polygon(1, right) +
                 "</track>"
                 "<track id='2' label='cat' group_id='0'>" +
                 polygon(0, right) + "</track>"));
  EXPECT_THAT(track_lines(data.file), ElementsAre("dogs cat 0:16", "dogs cat 0:208 1:16"));
}

TEST_F(Cvat, TakesThePicturesThatAreExportedBesideTheFile) {
  for (int t = 0; t < 6; ++t) scratch_.write(cat("images/frame_00000", t, ".png"), "not opened");
  const std::string xml = video("<track id='0' label='cat'>" + polygon(0, kSquare) + "</track>");
  EXPECT_EQ(read(xml).file.videos.at(0).files.at(5), "images/frame_000005.png");
  fs::remove(scratch_.path() / "images/frame_000003.png");
  EXPECT_SAYS(text(read(xml).faults), "it has 6 frames, its folder 5 pictures");
  scratch_.write("frames/a.jpg", "not opened");
  EXPECT_SAYS(text(read(xml, (scratch_.path() / "frames").string()).faults), "1 pictures");
}

TEST_F(Cvat, ReadsImagesWithPolygonsMasksAndBoxes) {
  const LabelledData data = read(images(
      "<image id='0' name='a.jpg' width='64' height='36'><polygon label='cat' source='manual' "
      "occluded='0' points='" +
      kSquare +
      "' z_order='0'></polygon><mask label='dog' occluded='0' "
      "rle='0, 4' left='1' top='1' width='2' height='2' z_order='0'></mask>"
      "<polyline label='dog' points='1,1;2,2'/><tag label='cat'/></image>"
      "<image id='1' name='b.jpg' width='32' height='18'><box label='cat' xtl='0' ytl='0' xbr='4' "
      "ybr='4' rotation='90.00'/></image>"));
  EXPECT_EQ(text(data.faults), "");
  EXPECT_THAT(track_lines(data.file), ElementsAre("a cat 0:192", "a dog 0:4", "b cat 0:16"));
  EXPECT_EQ(data.file.videos.at(1).size, (Size{18, 32}));
  EXPECT_THAT(join(data.remarks), HasSubstr("1 <polyline> shape left out"));
}

TEST_F(Cvat, ReadsEllipses) {
  const LabelledData data = read(images(
      "<image name='b.jpg' width='64' height='36'><ellipse label='dog' cx='32' cy='18' rx='16' "
      "ry='8' rotation='90'/></image>"));
  const MaskRle& mask = data.file.annotations.at(0).masks.at(0).value();
  EXPECT_NEAR(double(mask.area()), 3.1416 * 16 * 8, 8);
  EXPECT_EQ(mask.box(), (Box{24, 2, 16, 32}));
}

TEST_F(Cvat, MakesVideosOfImagesWhoseShapesHaveTrackIds) {
  const auto image = [](const std::string& name) {
    return "<image id='0' name='" + name +
           "' width='64' height='36'><polygon label='cat' points='" + kSquare +
           "'><attribute name='track_id'>4</attribute></polygon></image>";
  };
  const LabelledData data = read(images(image("v/10.jpg") + image("v/9.jpg") + image("w/1.jpg")));
  EXPECT_THAT(track_lines(data.file), ElementsAre("v cat 0:192 1:192", "w cat 0:192"));
  EXPECT_THAT(data.file.videos.at(0).files, ElementsAre("v/9.jpg", "v/10.jpg"));
}

TEST_F(Cvat, ReadsProjectsWithSeveralVideos) {
  const std::string size = "<original_size><width>64</width><height>36</height></original_size>";
  const LabelledData data = read(
      json("<annotations><version>1.1</version><meta><project><name>p</name><tasks><task><id>1</id>"
           "<name>one</name><size>2</size>" +
           size +
           "</task><task><id>2</id><name>two</name><size>3"
           "</size>" +
           size +
           "</task></tasks><labels><label><name>cat</name></label></labels></project>"
           "</meta><track id='0' label='cat' task_id='2' subset='default'>" +
           polygon(2, kSquare) + "</track><track id='1' label='cat' task_id='1'>" +
           polygon(0, kSquare) + "</track></annotations>"));
  EXPECT_EQ(text(data.faults), "");
  EXPECT_THAT(track_lines(data.file), ElementsAre("one cat 0:192", "two cat 2:192"));
}

TEST_F(Cvat, SaysWhatIsWrongAndWhere) {
  EXPECT_SAYS(error("<annotations><version>"), "annotations.xml: is not valid XML at byte");
  EXPECT_SAYS(error("<annotation><object/></annotation>"),
              "expected the element <annotations>, found <annotation>");
  EXPECT_SAYS(error(video("", "", "2.0")), "expected CVAT's format 1.1, found version '2.0'");
  EXPECT_SAYS(error(video("", "<name>x</name>")), "the video 'dogs' has no <original_size>");
  EXPECT_SAYS(error(video("",
                          "<original_size><width>64</width><height>tall</height>"
                          "</original_size>")),
              "expected an integer in <height>, found 'tall'");
  const LabelledData data = read(video(
      "<track id='0' label='cat'>" + polygon(0, kSquare) + polygon(9, kSquare) +
      "</track>"
      "<track id='1' label='bird'>" +
      polygon(0, kSquare) +
      "</track>"
      "<track id='2' label='cat'>" +
      polygon(0, "1,1;x,2;3,3") + polygon(1, "1,1;2") + polygon(2, "1,1;2,2") +
      "</track>"
      "<track id='3' label='cat'><mask frame='0' rle='1,2' left='0' top='0' width='2' height='2'/>"
      "<mask frame='1' rle='0,4' left='63' top='0' width='2' height='2'/>"
      "<mask frame='2' rle='0,a' left='6' top='0' width='2' height='2'/>"
      "<box frame='3' xtl='1'/></track>"));
  const std::string faults = text(data.faults);
  EXPECT_SAYS(faults, "track 0 ('cat'): there is no frame 9 in a video of 6 frames");
  EXPECT_SAYS(faults, "unknown class 'bird'; the object is left out");
  EXPECT_SAYS(faults, "track 2 ('cat'), frame 0: expected a number in points, found 'x'");
  EXPECT_SAYS(faults, "track 2 ('cat'), frame 1: expected points as \"x,y;x,y;...\", found '2'");
  EXPECT_SAYS(faults, "track 2 ('cat'), frame 2: a polygon has 2 points");
  EXPECT_SAYS(faults, "track 3 ('cat'), frame 0: the runs cover 3 pixels of the mask, expected 4");
  EXPECT_SAYS(faults, "frame 1: the mask is 2 x 2 pixels at 63, 0, which is not inside");
  EXPECT_SAYS(faults, "frame 2: expected integers in rle, found 'a'");
  EXPECT_SAYS(faults, "frame 3: has no attribute 'ytl'");
  EXPECT_THAT(track_lines(data.file), ElementsAre("dogs cat 0:192"));
}

TEST_F(Cvat, DoesNotExpandEntitiesAndReadsNoOtherFile) {
  scratch_.write("secret", "cat");
  const std::string lol =
      "<!DOCTYPE annotations [<!ENTITY a 'cat'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
      "<!ENTITY c SYSTEM 'secret'>]>";
  const std::string xml = video("<track id='0' label='&b;'>" + polygon(0, kSquare) +
                                "</track>"
                                "<track id='1' label='&c;'>" +
                                polygon(0, kSquare) +
                                "</track>"
                                "<track id='2' label='c&#97;t'>" +
                                polygon(0, kSquare) + "</track>");
  const LabelledData data = read(json(lol) + xml.substr(xml.find("<annotations")));
  EXPECT_SAYS(text(data.faults), "unknown class '&b;'");
  EXPECT_SAYS(text(data.faults), "unknown class '&c;'");
  EXPECT_THAT(track_lines(data.file), ElementsAre("dogs cat 0:192"));
}

TEST_F(Cvat, RefusesFilesThatAskForTooMuch) {
  EXPECT_EQ(read(video("")).file.videos.at(0).length, 6) << "a video may have no objects";
  std::string xml = video("");
  xml.replace(xml.find("<size>6"), 7, "<size>600000000");
  EXPECT_SAYS(error(xml), "has 600000000 frames, expected 1 to 20000");
  // Each of many tracks claims all frames of a long video.
  std::string tracks;
  for (int i = 0; i < 20; ++i) {
    tracks += cat("<track id='", i, "' label='cat'>", polygon(0, kSquare), polygon(19999, kSquare),
                  "</track>");
  }
  xml = video(tracks);
  xml.replace(xml.find("<size>6"), 7, "<size>20000");
  EXPECT_SAYS(error_of<Error>([&] { read(xml); }), "more than 200000 frames");
}

TEST_F(Cvat, RefusesShapesThatWouldTakeTooLong) {
  std::string triangles, masks;
  for (int i = 0; i < 3000; ++i) {
    triangles +=
        cat("<track id='", i, "' label='cat'>", polygon(0, "0,0;65536,0;9,2000"), "</track>");
    masks += cat("<track id='", i,
                 "' label='cat'><mask frame='0' rle='0,134217728' left='0' "
                 "top='0' width='65536' height='2048'/></track>");
  }
  const std::string wide =
      "<original_size><width>65536</width><height>2048</height>"
      "</original_size>";
  for (const std::string& tracks : {triangles, masks}) {
    EXPECT_SAYS(error_of<Error>([&] { read(video(tracks, wide)); }), "pixel columns up to here");
  }
  EXPECT_SAYS(
      text(read(video("<track id='0' label='cat'>" + polygon(0, "0,0;nan,0;9,inf") + "</track>"))
               .faults),
      "a polygon has the coordinate nan");
}

TEST_F(Cvat, KeepsImagesInsideTheirFolder) {
  const LabelledData data = read(images(
      "<image name='../a.jpg' width='64' height='36'/><image name='/etc/passwd' width='64' "
      "height='36'/><image name='b.jpg' width='64' height='36'><box label='cat' xtl='0' ytl='0' "
      "xbr='4' ybr='4'/></image><image name='c.jpg' width='1000000' height='1000000'/>"));
  EXPECT_EQ(data.file.videos.size(), 1u);
  EXPECT_SAYS(text(data.faults), "image '../a.jpg': the name leads out");
  EXPECT_SAYS(text(data.faults), "it claims to be 1000000 x 1000000");
}

TEST_F(Cvat, WritesWhatItReads) {
  const Size size{36, 64};
  AnnotationFile file;
  file.annotated = true;
  file.categories = {{1, "cat"}, {2, "d<o>g"}};
  file.videos = {{1, "dogs", size, 4, {}}, {2, "more/cats", size, 1, {}}};
  AnnotationFile::Annotation one;
  one.id = 3;
  one.video = 1;
  one.category = 2;
  one.crowd = false;
  // Two parts, one with a hole; away in between.
  const MaskRle ring = rectangles(
      size, {{4, 4, 20, 6}, {4, 10, 20, 12}, {4, 6, 6, 10}, {18, 6, 20, 10}, {40, 30, 64, 36}});
  one.masks = {ring, std::nullopt, ring, ring};
  file.annotations.push_back(one);
  one.id = 8;
  one.video = 2;
  one.masks = {rectangles(size, {{0, 0, 1, 1}})};
  file.annotations.push_back(one);

  LabelOutput output;
  output.path = scratch_.path() / "out";
  EXPECT_SAYS(join(write_cvat(output, file)), "with the labels cat, d<o>g");
  const std::string xml = read_file(output.path / "dogs.xml");
  EXPECT_SAYS(xml, "<mode>interpolation</mode>");
  EXPECT_SAYS(xml, "outside=\"1\"");
  EXPECT_THAT(xml, Not(HasSubstr("<mask"))) << "CVAT imports only the first mask of a track";

  LabelSource back;
  back.path = output.path;
  const LabelledData data = read_cvat(back);
  EXPECT_EQ(text(data.faults), "");
  ASSERT_EQ(data.file.annotations.size(), 2u);
  EXPECT_EQ(data.file.videos.at(1).name, "more/cats");
  EXPECT_EQ(data.file.annotations[0].id, 3);
  EXPECT_EQ(data.file.annotations[0].masks, file.annotations[0].masks);
  EXPECT_EQ(data.file.annotations[1].masks, file.annotations[1].masks);
  EXPECT_EQ(data.file.categories.at(1).name, "d<o>g");

  LabelOutput single = output;
  single.path = scratch_.path() / "one.xml";
  EXPECT_SAYS(error_of<InputError>([&] { write_cvat(single, file); }), "2 videos");
}

TEST_F(Cvat, WritesPicturesAsImages) {
  const Size size{36, 64};
  AnnotationFile file;
  file.annotated = true;
  file.categories = {{1, "cat"}};
  file.videos = {{1, "a", size, 1, {"a.jpg"}}, {2, "b", size, 1, {"b.jpg"}}};
  AnnotationFile::Annotation one;
  one.id = 1;
  one.video = 2;
  one.category = 1;
  one.crowd = false;
  one.masks = {rectangles(size, {{4, 4, 20, 6}})};
  file.annotations.push_back(one);
  LabelOutput output;
  output.path = scratch_.path() / "pictures.xml";
  write_cvat(output, file);
  LabelSource back;
  back.path = output.path;
  const LabelledData data = read_cvat(back);
  EXPECT_EQ(data.file.videos.size(), 2u);
  EXPECT_EQ(data.file.annotations.at(0).masks, file.annotations[0].masks);
}
