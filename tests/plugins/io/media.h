#pragma once
// What tests of reading and writing share.

#include <ATen/ops/full.h>
#include <clipwork/error.h>
#include <clipwork/frame.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/painter.h>
#include <clipwork/sink.h>
#include <clipwork/source.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "plugins/ppm.h"
#include "support.h"

namespace clipwork::test {

/// Tests that need the media plugin; skipped in a build without OpenCV.
class Media : public testing::Test {
 protected:
  void SetUp() override {
    CLIPWORK_NEEDS_VIDEO();
    Registry::instance().load((build_dir() / "plugins/media.so").string());
  }
  ScratchFolder scratch_;

  std::string path(const std::string& name) const { return (scratch_.path() / name).string(); }
  static std::shared_ptr<Painter> painter() {
    return make_component<Painter>("overlay", Value::table());
  }
};

using Members = std::vector<std::pair<std::string, Value>>;

template <class Kind>
std::shared_ptr<Kind> make(const std::string& name, const Members& members) {
  Value table = Value::table();
  for (const auto& [key, value] : members) table.set(key, value);
  return make_component<Kind>(name, table);
}

inline std::vector<Frame> all_frames(Source& source) {
  std::vector<Frame> frames;
  while (auto frame = source.next()) frames.push_back(std::move(*frame));
  return frames;
}

/// A picture of one colour, uint8 RGB [3, height, width].
inline Tensor plain(int64_t height, int64_t width, int red, int green, int blue) {
  Tensor picture = at::full({3, height, width}, red, at::kByte);
  picture[1].fill_(green);
  picture[2].fill_(blue);
  return picture;
}

inline int value_at(const Tensor& picture, int channel, int64_t y, int64_t x) {
  return picture[channel][y][x].item<int>();
}

}  // namespace clipwork::test
