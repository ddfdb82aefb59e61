#include "train/event_file.h"

#include <clipwork/error.h>
#include <clipwork/host/platform.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>

namespace clipwork::runs {
namespace {

template <class Number>
void put_bytes(std::string& to, Number value) {
  for (size_t i = 0; i < sizeof value; ++i) to += static_cast<char>(value >> (8 * i) & 0xFF);
}

/// A message of protocol buffers, field by field.
class Message {
 public:
  Message& integer(uint32_t field, int64_t value) {
    varint(field << 3);
    varint(static_cast<uint64_t>(value));
    return *this;
  }
  Message& real(uint32_t field, double value) {
    varint(field << 3 | 1);
    put_bytes(bytes_, std::bit_cast<uint64_t>(value));
    return *this;
  }
  Message& single(uint32_t field, float value) {
    varint(field << 3 | 5);
    put_bytes(bytes_, std::bit_cast<uint32_t>(value));
    return *this;
  }
  Message& text(uint32_t field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(uint32_t field, const Message& value) { return text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
};

/// tensorflow/core/util/event.proto: wall_time = 1, step = 2.
Message event(double seconds, int64_t step) {
  Message message;
  message.real(1, seconds);
  if (step != 0) message.integer(2, step);
  return message;
}

std::string file_name(double seconds) {
  return cat("events.out.tfevents.", static_cast<int64_t>(seconds), ".", host_name(), ".",
             ::getpid());
}

/// A TFRecord of these bytes: length, its checksum, the bytes, their checksum.
std::string tf_record(std::string_view bytes) {
  // TensorFlow masks checksums, because a checksum of data that contains checksums is hardly
  // informative.
  auto masked = [](std::string_view part) {
    const uint32_t crc = crc32c(part);
    return (crc >> 15 | crc << 17) + 0xA282EAD8u;
  };
  std::string record;
  put_bytes(record, static_cast<uint64_t>(bytes.size()));
  put_bytes(record, masked(record));
  record += bytes;
  put_bytes(record, masked(bytes));
  return record;
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder, int64_t first, double seconds)
    : path_(folder / file_name(seconds)), stream_(path_, std::ios::binary | std::ios::app) {
  constexpr uint32_t kVersion = 3, kSession = 7, kStatus = 1;
  constexpr int64_t kStart = 1;
  put(event(seconds, 0).text(kVersion, "brain.Event:2").bytes());
  put(event(seconds, first).message(kSession, Message().integer(kStatus, kStart)).bytes());
}

void EventFile::add(int64_t step, const Values& values, double seconds) {
  constexpr uint32_t kSummary = 5, kValue = 1, kTag = 1, kSimpleValue = 2;
  Message summary;
  for (const auto& [name, value] : values) {
    summary.message(kValue,
                    Message().text(kTag, name).single(kSimpleValue, static_cast<float>(value)));
  }
  put(event(seconds, step).message(kSummary, summary).bytes());
}

void EventFile::add_picture(int64_t step, const std::string& name, int64_t height, int64_t width,
                            std::string_view bytes, double seconds) {
  constexpr uint32_t kSummary = 5, kValue = 1, kTag = 1, kImage = 4;
  constexpr int64_t kRgb = 3;
  const Message image =
      Message().integer(1, height).integer(2, width).integer(3, kRgb).text(4, bytes);
  const Message summary =
      Message().message(kValue, Message().text(kTag, name).message(kImage, image));
  put(event(seconds, step).message(kSummary, summary).bytes());
}

void EventFile::put(const std::string& event) {
  stream_ << tf_record(event) << std::flush;
  if (!stream_) throw Error("cannot be written", path_.string(), "is the disk full?");
}

uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < made.size(); ++i) {
      made[i] = i;
      for (int bit = 0; bit < 8; ++bit) {
        made[i] = made[i] >> 1 ^ (made[i] & 1 ? 0x82F63B78u : 0u);
      }
    }
    return made;
  }();
  uint32_t crc = ~0u;
  for (const char c : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

double unix_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace clipwork::runs
