// SPDX-License-Identifier: Apache-2.0
// A reader of picture files: binary PNM (P6). Several threads read at once, so it keeps no state.
#include <ATen/ops/empty.h>
#include <clipwork/picture_reader.h>
#include <clipwork/plugin.h>
#include <clipwork/read_file.h>

#include <cstring>
#include <sstream>

using namespace clipwork;

namespace {

class @CLASS@ : public PictureReader {
 public:
  struct Parameters {
    int64_t max_side = 16384;
    bool mirrored = false;
    void describe(Describer& d) {
      d("max_side", max_side, "largest height or width that is read")
          .range(1, 65536)
          .unit("pixels");
      d("mirrored", mirrored, "exchange left and right");
    }
  };

  static Contract contract(const Parameters&, const Given&) { return {}; }

  @CLASS@(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  Tensor read(const std::string& file) const override {
    const std::string bytes = read_file(file);
    std::istringstream header(bytes);
    std::string magic;
    int64_t width = 0, height = 0, largest = 0;
    header >> magic >> width >> height >> largest;
    if (!header || magic != "P6" || largest != 255) {
      throw InputError("expected a binary PNM picture (P6) of 8 bits", file);
    }
    if (width < 1 || height < 1 || std::max(width, height) > parameters_.max_side) {
      throw InputError(cat("expected sides of 1 to ", parameters_.max_side, " pixels, found ",
                           width, "x", height),
                       file);
    }
    const size_t first = static_cast<size_t>(header.tellg()) + 1,
                 count = static_cast<size_t>(3 * width * height);
    if (bytes.size() < first + count) {
      throw InputError(cat("expected ", count, " bytes of pixels, found ", bytes.size() - first),
                       file);
    }
    Tensor pixels = at::empty({height, width, 3}, at::kByte);
    std::memcpy(pixels.mutable_data_ptr<uint8_t>(), bytes.data() + first, count);
    if (parameters_.mirrored) pixels = pixels.flip(1);
    return pixels.permute({2, 0, 1}).contiguous();
  }

 private:
  Parameters parameters_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "binary PNM pictures");
}
