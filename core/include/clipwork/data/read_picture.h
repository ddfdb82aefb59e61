#pragma once
// Picture files of data sets.

#include <clipwork/tensors.h>

#include <string>

namespace clipwork {

/// Reads one picture, whatever its name says it is: uint8 RGB [3, H, W]. Throws InputError naming
/// the file. The reader is the source `images`, so that what runs on data sets needs no picture
/// library of its own.
Tensor read_picture(const std::string& file);

}  // namespace clipwork
