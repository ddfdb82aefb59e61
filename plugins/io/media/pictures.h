#pragma once
// Picture files, for data sets.

#include <clipwork/parameters.h>
#include <clipwork/picture_reader.h>

#include "picture_file.h"

namespace clipwork::media {

class Pictures final : public PictureReader {
 public:
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Pictures(const Parameters&, const Given&) {}
  Tensor read(const std::string& file) const override { return read_picture(file); }
};

}  // namespace clipwork::media
