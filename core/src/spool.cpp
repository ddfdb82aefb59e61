#include "spool.h"

#include <clipwork/error.h>

#include <cerrno>
#include <cstring>

namespace clipwork {

namespace {

// Seven bits a byte, low group first: most runs of a mask are short.
std::vector<uint8_t> pack(const std::vector<uint32_t>& counts) {
  std::vector<uint8_t> bytes;
  bytes.reserve(counts.size() * 2);
  for (uint32_t count : counts) {
    for (; count >= 128; count >>= 7) bytes.push_back(static_cast<uint8_t>(count | 128));
    bytes.push_back(static_cast<uint8_t>(count));
  }
  return bytes;
}

std::vector<uint32_t> unpack(const uint8_t* bytes, size_t size) {
  std::vector<uint32_t> counts;
  uint32_t count = 0;
  int shift = 0;
  for (size_t i = 0; i < size; ++i) {
    count |= static_cast<uint32_t>(bytes[i] & 127) << shift;
    shift += 7;
    if (bytes[i] < 128) {
      counts.push_back(count);
      count = 0;
      shift = 0;
    }
  }
  return counts;
}

[[noreturn]] void file_error(const char* action) {
  throw Error(cat("the temporary file for masks cannot be ", action, ": ", std::strerror(errno)),
              {}, "free space where TMPDIR points, or raise memory.masks_mb");
}

}  // namespace

Spool::Spool(int64_t budget_bytes) : budget_(budget_bytes) {}

Spool::~Spool() {
  if (file_) std::fclose(file_);
}

int64_t Spool::put(const MaskRle& mask) {
  std::vector<uint8_t> bytes = pack(mask.counts);
  std::lock_guard lock(mutex_);
  Place place{mask.size, 0, static_cast<int32_t>(bytes.size()), false};
  if (static_cast<int64_t>(memory_.size() + bytes.size()) <= budget_) {
    place.offset = static_cast<int64_t>(memory_.size());
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
  } else {
    if (!file_ && !(file_ = std::tmpfile())) file_error("made");
    place.in_file = true;
    place.offset = file_bytes_;
    if (std::fseek(file_, file_bytes_, SEEK_SET) != 0 ||
        std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
      file_error("written");
    }
    file_bytes_ += place.bytes;
  }
  places_.push_back(place);
  return static_cast<int64_t>(places_.size()) - 1;
}

MaskRle Spool::get(int64_t handle) const {
  std::lock_guard lock(mutex_);
  const Place& place = places_.at(handle);
  if (!place.in_file) return {place.size, unpack(memory_.data() + place.offset, place.bytes)};
  std::vector<uint8_t> bytes(place.bytes);
  if (std::fseek(file_, place.offset, SEEK_SET) != 0 ||
      std::fread(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
    file_error("read");
  }
  return {place.size, unpack(bytes.data(), bytes.size())};
}

int64_t Spool::bytes_in_memory() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(memory_.size());
}

int64_t Spool::bytes_in_file() const {
  std::lock_guard lock(mutex_);
  return file_bytes_;
}

}  // namespace clipwork
