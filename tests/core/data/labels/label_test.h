#pragma once
// What tests of label files share.

#include <clipwork/error.h>
#include <clipwork/host/label_files.h>
#include <clipwork/host/registry.h>
#include <clipwork/text.h>

#include <algorithm>
#include <string>
#include <vector>

#include "plugins/datasets/dataset_files.h"

namespace clipwork::test {

/// The mask of some rectangles: x0, y0, x1, y1 each.
inline MaskRle rectangles(Size size, const std::vector<std::vector<double>>& corners) {
  std::vector<std::vector<double>> polygons;
  for (const std::vector<double>& c : corners) {
    polygons.push_back({c[0], c[1], c[2], c[1], c[2], c[3], c[0], c[3]});
  }
  return MaskRle::of_polygons(polygons, size);
}

/// The tracks of a file as text, a line each, sorted: "dogs cat 1:12 2:12", the frames with their
/// areas.
inline std::vector<std::string> track_lines(const AnnotationFile& file) {
  std::vector<std::string> lines;
  for (const AnnotationFile::Annotation& one : file.annotations) {
    const auto video = std::find_if(file.videos.begin(), file.videos.end(),
                                    [&](const auto& video) { return video.id == one.video; });
    const auto category = std::find_if(file.categories.begin(), file.categories.end(),
                                       [&](const auto& other) { return other.id == one.category; });
    std::string line = cat(video->name, " ", category->name);
    for (size_t t = 0; t < one.masks.size(); ++t) {
      if (one.masks[t]) line += cat(" ", t, ":", one.masks[t]->area());
    }
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// Pictures can be read in this process.
inline void load_plugins() {
  use_built_plugins();
  Registry::instance().load_search_path();
}

using Lines = std::vector<std::string>;

}  // namespace clipwork::test
