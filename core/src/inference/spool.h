#pragma once
// Settled masks of a video: run lengths in main memory up to a budget, then in a temporary file
// that vanishes with the process.

#include <clipwork/masks.h>

#include <cstdint>
#include <mutex>
#include <vector>

#include "base/temporary_file.h"

namespace clipwork {

class Spool {
 public:
  explicit Spool(int64_t budget_bytes);
  /// Keeps a mask; gives the handle to get it back by. Throws Error where the temporary file cannot
  /// be written.
  int64_t put(const MaskRle& mask);
  MaskRle get(int64_t handle) const;
  int64_t bytes_in_memory() const;
  int64_t bytes_in_file() const;

 private:
  struct Place {
    Size size;
    int64_t offset = 0;  ///< into memory, or beyond the budget into the file
    int32_t bytes = 0;
    bool in_file = false;
  };
  mutable std::mutex mutex_;  // a result is read by writers while the stream goes on
  int64_t budget_;
  std::vector<Place> places_;
  std::vector<uint8_t> memory_;
  TemporaryFile file_;
};

}  // namespace clipwork
