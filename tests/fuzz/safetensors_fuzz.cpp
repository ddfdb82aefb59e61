// Safetensors files. Most changes are made to the header, whose length then follows.

#include <algorithm>
#include <cstring>

#include "fuzzed_checkpoint.h"
#include "json_mutator.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* bytes, size_t size, size_t most);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  clipwork::fuzz::read_weights(bytes, size);
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* bytes, size_t size, size_t most, unsigned seed) {
  uint64_t length = 0;
  if (size < sizeof length || seed % 4 == 0) return LLVMFuzzerMutate(bytes, size, most);
  std::memcpy(&length, bytes, sizeof length);
  if (length > size - sizeof length) return LLVMFuzzerMutate(bytes, size, most);
  uint8_t* header = bytes + sizeof length;
  const std::string data(header + length, bytes + size);
  const size_t room = most - std::min(most, sizeof length + data.size());
  if (room < length) return LLVMFuzzerMutate(bytes, size, most);
  length = clipwork::fuzz::change_json(header, length, room, seed / 4);
  std::memcpy(bytes, &length, sizeof length);
  std::memcpy(header + length, data.data(), data.size());
  return sizeof length + length + data.size();
}
