#pragma once
// The smallest pictures that a file can be.

#include <clipwork/error.h>

#include <string>

namespace clipwork::test {

/// A binary PPM file's bytes, all pixels of one grey.
inline std::string ppm(int width, int height, char grey = 9) {
  return cat("P6\n", width, " ", height, "\n255\n",
             std::string(static_cast<size_t>(width * height * 3), grey));
}

}  // namespace clipwork::test
