// The limits that SECURITY.md states, at their edges: what is within one is read or refused for
// another reason, and what is beyond it is refused with a sentence about it.

#include <clipwork/data/annotation_file.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/ground_truth.h>
#include <clipwork/index_picture.h>
#include <gmock/gmock.h>

#include "core/checkpoint_files.h"
#include "elf_file.h"
#include "support.h"

using namespace clipwork;
using test::error_of;
using test::little_endian;
using test::Pickle;
using testing::HasSubstr;
using testing::Not;

namespace {

class Limits : public testing::Test {
 protected:
  test::ScratchFolder scratch;

  /// The error of reading a file with this content; what `error_of` returns where it is read.
  template <class Read>
  std::string refusal(const std::string& content, Read read) const {
    const auto file = scratch.write("file", content);
    return error_of([&] { read(file); });
  }
};

std::string repeated(const std::string& text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += text;
  return all;
}

constexpr const char* kRead = "nothing was thrown";

void read_config(const std::filesystem::path& file) { load_config(file.string()); }

/// The first bytes of a grey PNG picture of this size.
std::string png_header(uint32_t width, uint32_t height) {
  auto big = [](uint32_t value) {
    const std::string bytes = little_endian(value);
    return std::string(bytes.rbegin(), bytes.rend());
  };
  return "\x89PNG\r\n\x1a\n" + big(13) + "IHDR" + big(width) + big(height) +
         std::string("\x08\0\0\0\0\0\0\0\0", 9);
}

}  // namespace

TEST_F(Limits, ConfigsHaveAtMostFourMegabytes) {
  EXPECT_EQ(refusal("#" + std::string((4 << 20) - 1, ' '), read_config), kRead);
  EXPECT_THAT(refusal("#" + std::string(4 << 20, ' '), read_config), HasSubstr("4 MB"));
}

TEST_F(Limits, ConfigsNestAtMost32Levels) {
  // The file and its section are two of them.
  auto nested = [](size_t levels) {
    return "[run]\nseed = " + repeated("[", levels) + repeated("]", levels);
  };
  EXPECT_EQ(refusal(nested(30), read_config), kRead);
  EXPECT_THAT(refusal(nested(32), read_config), HasSubstr("32 levels"));
}

TEST_F(Limits, ResultsNestAtMost500Levels) {
  auto nested = [](size_t levels) { return repeated("[", levels) + repeated("]", levels); };
  EXPECT_THAT(refusal(nested(500), [](auto& file) { read_results(file); }),
              Not(HasSubstr("nested")));
  EXPECT_THAT(refusal(nested(501), [](auto& file) { read_results(file); }),
              HasSubstr("more than 500 levels"));
}

TEST_F(Limits, VideosOfAnnotationsHaveAtMost20000Frames) {
  auto videos = [&](int64_t length) {
    const auto file = scratch.write(
        "file", cat(R"({"videos": [{"id": 1, "width": 5, "height": 4, "length": )", length,
                    R"(}], "categories": [{"id": 1, "name": "a"}], "annotations": []})"));
    return open_annotations(file.string()).file.videos.size();
  };
  EXPECT_EQ(videos(20'000), 1U);
  EXPECT_EQ(videos(20'001), 0U);
}

TEST_F(Limits, PicturesHaveAtMost128MegapixelsAndSidesOf65536) {
  auto sizes = [](auto& file) { index_picture_size(file.string()); };
  EXPECT_EQ(refusal(png_header(65536, 2048), sizes), kRead);
  for (const auto& [width, height] : {std::pair{65537, 1}, {1, 65537}, {65536, 2049}}) {
    EXPECT_THAT(
        refusal(png_header(static_cast<uint32_t>(width), static_cast<uint32_t>(height)), sizes),
        HasSubstr("not a supported size"));
  }
}

TEST_F(Limits, HeadersOfSafetensorsHaveAtMost64Megabytes) {
  auto file = [&](uint64_t header) {
    const auto path = scratch.write("file", little_endian(header) + "{");
    std::filesystem::resize_file(path, 8 + 3 * header);
    return error_of([&] { read_checkpoint(path); });
  };
  EXPECT_THAT(file(64 << 20), Not(HasSubstr("too long")));
  EXPECT_THAT(file((64 << 20) + 1), HasSubstr("too long"));
}

TEST_F(Limits, PicklesNestAtMost64Levels) {
  auto nested = [](size_t levels) {
    return Pickle().raw(repeated("(", levels) + repeated("1", levels) + "N").stop();
  };
  EXPECT_THAT(refusal(nested(64), [](auto& file) { read_checkpoint(file); }),
              Not(HasSubstr("64 deep")));
  EXPECT_THAT(refusal(nested(65), [](auto& file) { read_checkpoint(file); }), HasSubstr("64 deep"));
}

TEST_F(Limits, TensorsHaveAtMost16TimesTheBytesOfTheirFile) {
  // Views of one storage, as tied weights are.
  auto views = [&](int64_t count) {
    constexpr int64_t kValues = 1 << 16;
    Pickle pickle;
    pickle.raw("}(");
    for (int64_t i = 0; i < count; ++i) {
      pickle.text(cat("w", i)).tensor("0", "FloatStorage", kValues, 0, {kValues}, {1});
    }
    const std::string storage(kValues * sizeof(float), '\0');
    return refusal(test::torch_zip(pickle.raw("u").stop(), {storage}),
                   [](auto& file) { read_checkpoint(file); });
  };
  EXPECT_EQ(views(16), kRead);
  EXPECT_THAT(views(18), HasSubstr("much more than the file"));
}

TEST_F(Limits, PluginsHaveAtMostAMillionSymbols) {
  std::string bytes = test::read_file(test::source_dir() / "tests/fuzz/seeds/elf_note/small.so");
  // The symbol hash of this file: one bucket, three symbols.
  const size_t hash =
      bytes.find(little_endian(uint32_t{1}) + little_endian(uint32_t{3}) + std::string(12, '\0'));
  ASSERT_NE(hash, std::string::npos);
  auto with_symbols = [&](uint32_t count) {
    bytes.replace(hash + 4, 4, little_endian(count));
    return error_of([&] {
      read_elf({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
    });
  };
  EXPECT_EQ(with_symbols(3), kRead);
  EXPECT_THAT(with_symbols(1'000'000), Not(HasSubstr("impossibly")));
  EXPECT_THAT(with_symbols(1'000'001), HasSubstr("impossibly many symbols"));
}
