#pragma once
// A video of a data set or of an annotation file, without its frames and objects.

#include <clipwork/size.h>

#include <cstdint>
#include <string>
#include <vector>

namespace clipwork {

struct VideoEntry {
  int64_t id = 0;      ///< as in the annotation file; results name it
  std::string name;    ///< folder, or file without its ending: splits list it
  Size size;           ///< 0 x 0 where an annotation file does not say
  int64_t length = 0;  ///< frames; 0 where an annotation file does not say
  /// The pictures of its frames: full paths, or names as in the annotation file. Empty where frames
  /// are not picture files.
  std::vector<std::string> files;
};

}  // namespace clipwork
