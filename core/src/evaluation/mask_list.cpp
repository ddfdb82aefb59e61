#include <clipwork/host/ground_truth.h>

#include <limits>

#include "base/varint.h"

namespace clipwork {

void MaskList::add(const MaskRle& mask) {
  const size_t before = bytes_.size();
  bytes_.resize(before + kVarintBytes * (mask.counts.size() + 2));
  uint8_t* end = bytes_.data() + before;
  end = put_varint(static_cast<uint64_t>(mask.size.height), end);
  end = put_varint(static_cast<uint64_t>(mask.size.width), end);
  for (uint32_t count : mask.counts) end = put_varint(count, end);
  bytes_.resize(static_cast<size_t>(end - bytes_.data()));
  add_absent();
}

void MaskList::add_absent() {
  if (bytes_.size() > std::numeric_limits<uint32_t>::max()) {
    throw InputError("the masks of one track take more than 4 GB");
  }
  ends_.push_back(static_cast<uint32_t>(bytes_.size()));
}

void MaskList::shrink() {
  bytes_.shrink_to_fit();
  ends_.shrink_to_fit();
}

bool MaskList::present(int64_t frame) const {
  return ends_[frame] > (frame ? ends_[frame - 1] : 0);
}

bool MaskList::read(int64_t frame, MaskRle* mask) const {
  if (!present(frame)) return false;
  const uint8_t* at = bytes_.data() + (frame ? ends_[frame - 1] : 0);
  const uint8_t* end = bytes_.data() + ends_[frame];
  mask->size.height = static_cast<int64_t>(take_varint(at));
  mask->size.width = static_cast<int64_t>(take_varint(at));
  mask->counts.clear();
  while (at < end) mask->counts.push_back(static_cast<uint32_t>(take_varint(at)));
  return true;
}

}  // namespace clipwork
