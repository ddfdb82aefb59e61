#pragma once

#include <clipwork/source.h>
#include <clipwork/value.h>

#include <memory>
#include <string>

namespace clipwork::runs {

/// The input that `--input` selects.
struct Input {
  std::string text;        ///< as it was typed
  std::string title;       ///< without folders
  std::string source;      ///< the source that reads it: "video", "images", "camera", "stdin"
  Value parameters;        ///< of that source
  bool rereadable = true;  ///< a camera or a pipe is read only once

  /// `bad_frames` of `[output]` (may be null: the default) goes to the sources that know it.
  std::shared_ptr<Source> open(const Value* bad_frames) const;
};

/// Reads "FILE", "FOLDER", "camera:N" or "-". Throws InputError where there is no such thing.
Input parse_input(const std::string& text);

}  // namespace clipwork::runs
