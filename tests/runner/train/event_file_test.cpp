// Event files of TensorBoard: byte for byte, and through TensorBoard itself.

#include "train/event_file.h"

#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::runs;

namespace {

std::string hex(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

}  // namespace

TEST(EventFile, HasTheChecksumOfItsStandard) {
  // RFC 3720, B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
}

TEST(EventFile, IsTheBytesThatTensorBoardWrites) {
  // Written by TensorBoard 2.21's RecordWriter from the same events.
  test::ScratchFolder scratch;
  EventFile file(scratch.path(), 0, 1.5e9);
  file.add(300, {{"loss", 0.5}, {"AP", 12.5}}, 1.5e9);
  file.add_picture(300, "a", 1, 2, "xyz", 1.5e9);
  EXPECT_EQ(hex(test::read_file(file.path())),
            "1800000000000000a37f4b2209000000c00b5ad6411a0d627261696e2e4576656e743a324ca9a464"
            "0d000000000000003c37b83409000000c00b5ad6413a02080132e003912600000000000000734fe3"
            "0009000000c00b5ad64110ac022a180a0b0a046c6f7373150000003f0a090a02415015000048416b"
            "bc5f86200000000000000029eda95009000000c00b5ad64110ac022a120a100a0161220b08011002"
            "1803220378797ab62ebb7e");
}

TEST(EventFile, IsReadByTensorBoard) {
  const std::string python =
      test::python_with("tensorboard.backend.event_processing.event_accumulator");
  if (python.empty()) GTEST_SKIP() << "no Python with TensorBoard: name one in CLIPWORK_PYTHON";
  test::ScratchFolder scratch;
  {
    EventFile file(scratch.path(), 0, 1.5e9);
    for (int64_t step : {1, 2, 300})
      file.add(step, {{"loss", 1.0 / step}, {"lr", 1e-4}}, 1.5e9 + 1);
    file.add(300, {{"AP", 12.5}}, 1.5e9 + 2);
    file.add_picture(2, "video 1", 1, 2, "\xFF\xD8 not looked into", 1.5e9 + 3);
  }
  // Goes on from step 2.
  EventFile again(scratch.path(), 3, 1.5e9 + 10);
  again.add(3, {{"loss", 7}}, 1.5e9 + 11);
  auto script = scratch.write("read.py", R"(
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
for tag in sorted(events.Tags()["scalars"]):
    print(tag, [(e.step, round(e.value, 4), e.wall_time) for e in events.Scalars(tag)])
for tag in events.Tags()["images"]:
    print(tag, [(e.step, e.width, e.height, len(e.encoded_image_string)) for e in events.Images(tag)])
)");
  test::ProgramResult result =
      test::run_program(python + " " + script.string() + " " + scratch.path().string());
  EXPECT_EQ(result.code, 0) << result.errors;
  EXPECT_EQ(result.output,
            "AP []\n"
            "loss [(1, 1.0, 1500000001.0), (2, 0.5, 1500000001.0), (3, 7.0, 1500000011.0)]\n"
            "lr [(1, 0.0001, 1500000001.0), (2, 0.0001, 1500000001.0)]\n"
            "video 1 [(2, 2, 1, 18)]\n");
}
