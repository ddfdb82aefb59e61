#include "data/input.h"

#include <clipwork/error.h>
#include <clipwork/make_component.h>

#include <array>
#include <cctype>
#include <charconv>
#include <filesystem>

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

bool is_picture(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  static constexpr std::array kPictures = {".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".pnm"};
  return std::find(kPictures.begin(), kPictures.end(), extension) != kPictures.end();
}

}  // namespace

Input parse_input(const std::string& text) {
  constexpr std::string_view kCamera = "camera:";
  Input input{text, text, "", Value::table(), true};
  if (text == "-") {
    input.title = "standard input";
    input.source = "stdin";
    input.rereadable = false;
    return input;
  }
  if (text.starts_with(kCamera)) {
    int64_t index = -1;
    const char *first = text.data() + kCamera.size(), *last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, index);
    if (error != std::errc() || end != last || index < 0) {
      throw InputError(cat("'", text, "' is not a camera"), "--input",
                       "use camera:0, camera:1, ...");
    }
    input.source = "camera";
    input.parameters.set("index", index);
    input.rereadable = false;
    return input;
  }
  const fs::path path = text;
  std::error_code failed;
  if (!fs::exists(path, failed)) {
    throw InputError("there is no such file or folder", text,
                     "--input expects a video, a picture, a folder of pictures, camera:N, or - for "
                     "standard input");
  }
  const bool pictures = fs::is_directory(path, failed) || is_picture(path);
  input.source = pictures ? "images" : "video";
  input.parameters.set(pictures ? "path" : "file", text);
  const fs::path full = fs::absolute(path).lexically_normal();
  input.title = (full.has_filename() ? full : full.parent_path()).filename().string();
  return input;
}

std::shared_ptr<Source> Input::open(const Value* bad_frames) const {
  Value all = parameters;
  if (bad_frames && (source == "images" || source == "stdin")) all.set("bad_frames", *bad_frames);
  return make_component<Source>(source, all);
}

}  // namespace clipwork::runs
