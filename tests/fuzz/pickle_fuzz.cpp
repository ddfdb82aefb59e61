// Pickles: detectron2's and PyTorch's older format.

#include "fuzzed_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  clipwork::fuzz::read_weights(bytes, size);
  return 0;
}
