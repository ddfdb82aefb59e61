// PyTorch's archives. Checksums that a change made wrong are only remarked on, so most inputs get
// past them.

#include "fuzzed_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  clipwork::fuzz::read_weights(bytes, size);
  return 0;
}
