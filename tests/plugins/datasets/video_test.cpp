// Video files as a data set: as many frames as can be decoded, whatever their containers promise.

#include <clipwork/dataset.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "plugins/io/media.h"
#include "plugins/io/video_files.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class VideoData : public Media {
 protected:
  void SetUp() override {
    use_built_plugins();
    Media::SetUp();
    if (IsSkipped()) return;
    Registry::instance().load((build_dir() / "plugins/video.so").string());
  }
  std::shared_ptr<Dataset> open() { return make<Dataset>("video", {{"path", path("v")}}); }
  /// The bytes of a video of grey frames, each 8 brighter than the one before, 25 a second.
  std::string mp4(int frames) {
    auto sink = make<Sink>("video", {{"file", path("a.mp4")}, {"rate", 25.0}});
    for (int i = 0; i < frames; ++i) sink->write(plain(48, 64, 8 * i, 8 * i, 8 * i), i / 25.0);
    sink->finish(frames / 25.0);
    return read_file(path("a.mp4"));
  }
  static std::string jpeg(int value) {
    return painter()->encode_jpeg(plain(48, 64, value, value, value));
  }
};

TEST_F(VideoData, HasTheFramesThatItsFilesGive) {
  scratch_.write("v/edited.mp4", with_edit_list(mp4(30), 0.4, 0.72, 90000));
  scratch_.write("v/promises.avi", avi("MJPG", {jpeg(50), jpeg(90)}, 192));
  const auto data = open();
  ASSERT_EQ(data->videos().size(), 2u);
  EXPECT_EQ(data->videos()[0].length, 18);
  EXPECT_EQ(data->videos()[1].length, 2);
  EXPECT_TRUE(data->faults().empty());
  EXPECT_NEAR(value_at(data->frame(0, 17).pixels, 0, 24, 32), 8 * 27, 3);
  EXPECT_NEAR(value_at(data->frame(1, 1).pixels, 0, 24, 32), 90, 3);
  EXPECT_NEAR(value_at(data->frame(0, 0).pixels, 0, 24, 32), 8 * 10, 3);
}

TEST_F(VideoData, UsesTheFramesOfAFileThatIsCutOffAndSaysSo) {
  const std::string whole = avi("MJPG", {jpeg(50), jpeg(90), jpeg(130)}, 3);
  scratch_.write("v/cut.avi", whole.substr(0, whole.size() - 500));
  const auto data = open();
  const int64_t length = data->videos().at(0).length;
  EXPECT_GE(length, 2);
  EXPECT_NO_THROW(data->frame(0, length - 1));
  ASSERT_EQ(data->faults().size(), 1u);
  EXPECT_EQ(data->faults()[0].where, "video 'cut'");
  EXPECT_THAT(data->faults()[0].problem, HasSubstr("the file is truncated or damaged"));
}

TEST_F(VideoData, LeavesOutLinksPipesAndPlaylists) {
  const std::string bytes = mp4(2);
  scratch_.write("v/good.mp4", bytes);
  scratch_.write("v/list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n../a.mp4\n");
  fs::create_symlink(scratch_.write("outside.mp4", bytes), path("v/link.mp4"));
  ASSERT_EQ(::mkfifo(path("v/pipe.mp4").c_str(), 0600), 0);
  const auto data = open();
  ASSERT_EQ(data->videos().size(), 1u);
  EXPECT_EQ(data->videos()[0].name, "good");
  ASSERT_EQ(data->faults().size(), 3u);
  EXPECT_THAT(data->faults()[0].problem, HasSubstr("leads out of"));
  EXPECT_THAT(data->faults()[1].where, HasSubstr("list"));
  EXPECT_THAT(data->faults()[2].problem,
              HasSubstr("expected a video file, found a folder, a device or a pipe"));
}

}  // namespace
}  // namespace clipwork::test
