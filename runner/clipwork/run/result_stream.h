#pragma once

#include <clipwork/host/sections.h>
#include <clipwork/host/tracks.h>

#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace clipwork::runs {

/// Frames with their tracks as lines of JSON, each written as soon as its frame is settled.
class ResultStream {
 public:
  using MaskOf = std::function<std::optional<MaskRle>(int64_t track)>;

  /// `file`: "-" is standard output. Throws Error where it cannot be written.
  ResultStream(const std::string& file, const ClassesSection& classes);
  /// Each track of `rows` once, with its best class, best first. Tracks without pixels in the frame
  /// are left out.
  void add(int64_t frame, double seconds, Size size, const std::vector<ResultRow>& rows,
           const MaskOf& mask_of);

 private:
  const ClassesSection& classes_;
  std::string name_;
  std::ofstream file_;
  std::ostream* out_;
};

}  // namespace clipwork::runs
