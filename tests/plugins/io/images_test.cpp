#include <clipwork/picture_reader.h>
#include <sys/stat.h>

#include <thread>

#include "media.h"

namespace clipwork::test {
namespace {

class Images : public Media {
 protected:
  std::shared_ptr<Source> open(const std::string& file, const std::string& bad_frames = "stop") {
    return make<Source>("images", {{"path", file}, {"bad_frames", bad_frames}});
  }
  std::string folder() const { return scratch_.path().string(); }
  static std::string jpeg(int64_t height, int64_t width, int grey) {
    return painter()->encode_jpeg(plain(height, width, grey, grey, grey));
  }
  static std::string shared(const std::string& name) {
    return (shared_dir() / "data/broken" / name).string();
  }
};

TEST_F(Images, ComeInTheOrderOfTheNumbersInTheirNames) {
  int grey = 10;
  for (const char* name : {"a1.ppm", "a2.ppm", "a10.ppm", "b001.ppm", "b2.ppm"}) {
    scratch_.write(name, ppm(4, 3, static_cast<char>(grey)));
    grey += 10;
  }
  scratch_.write("notes.txt", "no picture");
  scratch_.write(".hidden.ppm", "no picture");
  auto source = open(folder());
  EXPECT_EQ(source->count(), 5);
  const auto frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 5u);
  for (int i = 0; i < 5; ++i) {
    const Frame& frame = frames[static_cast<size_t>(i)];
    EXPECT_EQ(value_at(frame.pixels, 0, 1, 1), 10 * (i + 1)) << frame.name;
    EXPECT_EQ(frame.index, i);
    EXPECT_NEAR(frame.seconds, i / 10.0, 1e-12);
  }
}

TEST_F(Images, MayBeOnePicture) {
  const auto frames = all_frames(*open(scratch_.write("one.ppm", ppm(5, 4, 7)).string()));
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].pixels.sizes(), at::IntArrayRef({3, 4, 5}));
}

TEST_F(Images, AreReadByTheirContentAndGreyOnesHaveThreeEqualChannels) {
  scratch_.write("0.png", jpeg(16, 16, 100));
  scratch_.write("1.jpg", "P5\n16 16\n255\n" + std::string(256, 'd'));
  const auto frames = all_frames(*open(folder()));
  ASSERT_EQ(frames.size(), 2u);
  for (const Frame& frame : frames) {
    for (int channel = 0; channel < 3; ++channel) {
      EXPECT_NEAR(value_at(frame.pixels, channel, 8, 8), 100, 1);
    }
  }
}

TEST_F(Images, AreTurnedUprightAsTheCameraNoted) {
  std::string bytes = jpeg(16, 32, 50);
  const std::string quarter_turn(
      "\xFF\xE1\0\x22"
      "Exif\0\0"
      "MM\0\x2A\0\0\0\x08\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"
      "\0\0\0\0",
      36);
  bytes.insert(2, quarter_turn);
  const auto frames = all_frames(*open(scratch_.write("a.jpg", bytes).string()));
  EXPECT_EQ(frames.at(0).pixels.sizes(), at::IntArrayRef({3, 32, 16}));
}

TEST_F(Images, OfSeveralSizesAreNoVideo) {
  scratch_.write("0.ppm", ppm(4, 3, 0));
  scratch_.write("1.ppm", ppm(3, 4, 0));
  auto source = open(folder(), "skip");
  source->next();
  const std::string error = error_of([&] { source->next(); });
  EXPECT_SAYS(error, "1.ppm: is 3x4, but earlier frames are 4x3");
}

TEST_F(Images, ThatCannotBeReadStopTheVideoOrAreLeftOut) {
  const std::string whole = jpeg(32, 32, 90);
  scratch_.write("0.jpg", whole);
  scratch_.write("1.jpg", whole.substr(0, whole.size() - 40));
  scratch_.write("2.jpg", whole);
  auto stops = open(folder());
  stops->next();
  const std::string error = error_of([&] { stops->next(); });
  EXPECT_SAYS(error, "1.jpg: the picture is truncated");
  EXPECT_SAYS(error, "output.bad_frames");

  auto skips = open(folder(), "skip");
  const auto frames = all_frames(*skips);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[1].index, 1);
  EXPECT_SAYS(frames[1].name, "2.jpg");
  ASSERT_EQ(skips->remarks().size(), 1u);
  EXPECT_SAYS(skips->remarks()[0], "1.jpg");
}

TEST_F(Images, ThatAreNoneAreRefused) {
  const std::string huge = "P6\n200000 200000\n255\nabc", half = jpeg(16, 16, 0).substr(0, 2);
  const Members cases = {{"huge.ppm", huge},
                         {"long.ppm", "P6\n99999999999999999999 1\n255\n"},
                         {"header.jpg", half + std::string(200, '\0')},
                         {"short.ppm", ppm(9, 9, 0).substr(0, 100)},
                         {"text.png", "hello"},
                         {"empty.png", ""}};
  testing::internal::CaptureStderr();
  for (const auto& [name, bytes] : cases) {
    const std::string file = scratch_.write(name, *bytes.text()).string();
    const std::string error = error_of([&] { open(file)->next(); });
    EXPECT_TRUE(error.starts_with(file)) << error;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_SAYS(error_of([&] { open(path("huge.ppm"))->next(); }), "200000 x 200000 pixels");
}

TEST_F(Images, AreReadFromRegularFilesOnly) {
  const std::filesystem::path outside = scratch_.write("outside.ppm", ppm(4, 3, 7));
  const std::filesystem::path inside = scratch_.write("m/0.ppm", ppm(4, 3, 7));
  const std::filesystem::path picture = inside.parent_path() / "1.ppm";
  const std::string folder = inside.parent_path().string();
  auto error_with = [&](auto make_picture) {
    std::filesystem::remove(picture);
    make_picture();
    auto source = open(folder);
    source->next();
    const std::string error = error_of<InputError>([&] { source->next(); });
    EXPECT_TRUE(error.starts_with(picture.string())) << error;
    EXPECT_EQ(all_frames(*open(folder, "skip")).size(), 1u);
    return error;
  };
  auto link_to = [&](const std::filesystem::path& target) {
    return [&picture, target] { std::filesystem::create_symlink(target, picture); };
  };
  EXPECT_SAYS(error_with(link_to("/dev/zero")), "is a link that leads out of " + folder);
  EXPECT_SAYS(error_with(link_to(outside)), "is a link that leads out of " + folder);
  EXPECT_SAYS(error_with([&] { ::mkfifo(picture.c_str(), 0600); }),
              "expected a picture, found a folder, a device or a pipe");

  std::filesystem::remove(picture);
  std::filesystem::create_symlink("0.ppm", picture);
  EXPECT_EQ(all_frames(*open(folder)).size(), 2u) << "a link within the folder";
  // What the user names may be a link.
  std::filesystem::create_symlink(outside, path("link.ppm"));
  std::filesystem::create_directory_symlink(inside.parent_path(), path("n"));
  EXPECT_EQ(all_frames(*open(path("link.ppm"))).size(), 1u);
  EXPECT_EQ(all_frames(*open(path("n"))).size(), 2u);
  EXPECT_SAYS(error_of<InputError>([&] { open("/dev/zero")->next(); }), "a device or a pipe");
}

TEST_F(Images, AreNotReadBeyondWhatAPictureOfTheirSizeTakes) {
  constexpr uintmax_t kHuge = uintmax_t{1} << 40;
  const std::string whole = jpeg(16, 16, 90);
  scratch_.write("endless.jpg", whole.substr(0, whole.size() - 2));
  scratch_.write("nothing.jpg", "");
  for (const char* name : {"endless.jpg", "nothing.jpg"}) {
    std::filesystem::resize_file(path(name), kHuge);
  }
  EXPECT_SAYS(error_of<InputError>([&] { open(path("endless.jpg"))->next(); }),
              "the picture's data is longer than 64 MB");
  EXPECT_SAYS(error_of<InputError>([&] { open(path("nothing.jpg"))->next(); }), "is not a JPEG");
}

TEST_F(Images, MustBeInTheFolder) {
  EXPECT_SAYS(error_of([&] { open(folder()); }), "contains no pictures");
  EXPECT_SAYS(error_of([&] { open(path("absent")); }), "there is no such file or folder");
}

TEST_F(Images, BrokenInEveryWayOfTheSharedFolderBehaveAsItSays) {
  CLIPWORK_NEEDS_SHARED("data/broken");
  auto mixed = open(shared("mixed_sizes"));
  mixed->next(), mixed->next();
  EXPECT_SAYS(error_of([&] { mixed->next(); }), "00002.jpg");
  auto bad = open(shared("bad_frame"));
  bad->next(), bad->next();
  EXPECT_SAYS(error_of([&] { bad->next(); }), "00002.jpg: the picture is damaged");
  EXPECT_EQ(all_frames(*open(shared("bad_frame"), "skip")).size(), 4u);
  EXPECT_SAYS(error_of([&] { open(shared("corrupt.jpg"))->next(); }), "is truncated");
  EXPECT_SAYS(error_of([&] { open(shared("header_only.jpg"))->next(); }), "damaged");
  EXPECT_EQ(open(shared("really_a_png.jpg"))->next()->pixels.sizes(), at::IntArrayRef({3, 36, 64}));
  const Tensor grey = open(shared("grey.jpg"))->next()->pixels;
  EXPECT_TRUE(grey[0].equal(grey[1]) && grey[1].equal(grey[2]));
}

TEST_F(Images, OfDataSetsAreReadByOneReaderInSeveralThreads) {
  const auto reader = make<PictureReader>("pictures", {});
  std::vector<std::thread> threads;
  std::vector<Tensor> pictures(4);
  for (size_t i = 0; i < pictures.size(); ++i) {
    const std::string file =
        scratch_.write(cat(i, ".ppm"), ppm(5, 4, static_cast<char>(i))).string();
    threads.emplace_back([&, i, file] { pictures[i] = reader->read(file); });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < pictures.size(); ++i) {
    EXPECT_EQ(pictures[i].sizes(), at::IntArrayRef({3, 4, 5}));
    EXPECT_EQ(value_at(pictures[i], 0, 1, 1), static_cast<int>(i));
  }
  EXPECT_SAYS(error_of([&] { reader->read(path("none.jpg")); }), "none.jpg: there is no such file");
  EXPECT_SAYS(error_of([&] { reader->read(scratch_.write("x.jpg", "text").string()); }), "x.jpg");
}

}  // namespace
}  // namespace clipwork::test
