#include "inference/spool.h"

#include "base/varint.h"

namespace clipwork {

namespace {

std::vector<uint8_t> pack(const std::vector<uint32_t>& counts) {
  std::vector<uint8_t> bytes(kVarintBytes * counts.size());
  uint8_t* end = bytes.data();
  for (const uint32_t count : counts) end = put_varint(count, end);
  bytes.resize(static_cast<size_t>(end - bytes.data()));
  return bytes;
}

std::vector<uint32_t> unpack(const uint8_t* bytes, size_t size) {
  std::vector<uint32_t> counts;
  for (const uint8_t* const end = bytes + size; bytes < end;) {
    counts.push_back(static_cast<uint32_t>(take_varint(bytes)));
  }
  return counts;
}

}  // namespace

Spool::Spool(int64_t budget_bytes)
    : budget_(budget_bytes), file_("masks", "raise memory.masks_mb") {}

int64_t Spool::put(const MaskRle& mask) {
  std::vector<uint8_t> bytes = pack(mask.counts);
  std::lock_guard lock(mutex_);
  Place place{mask.size, 0, static_cast<int32_t>(bytes.size()), false};
  if (static_cast<int64_t>(memory_.size() + bytes.size()) <= budget_) {
    place.offset = static_cast<int64_t>(memory_.size());
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
  } else {
    place.in_file = true;
    place.offset = file_.write(bytes.data(), place.bytes);
  }
  places_.push_back(place);
  return static_cast<int64_t>(places_.size()) - 1;
}

MaskRle Spool::get(int64_t handle) const {
  std::lock_guard lock(mutex_);
  const Place& place = places_.at(handle);
  if (!place.in_file) return {place.size, unpack(memory_.data() + place.offset, place.bytes)};
  std::vector<uint8_t> bytes(place.bytes);
  file_.read(place.offset, bytes.data(), place.bytes);
  return {place.size, unpack(bytes.data(), bytes.size())};
}

int64_t Spool::bytes_in_memory() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(memory_.size());
}

int64_t Spool::bytes_in_file() const {
  std::lock_guard lock(mutex_);
  return file_.size();
}

}  // namespace clipwork
