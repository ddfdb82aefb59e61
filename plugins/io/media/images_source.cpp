#include <clipwork/data/data_paths.h>
#include <clipwork/data/picture_files.h>
#include <clipwork/error.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "sources.h"

namespace clipwork::media {
namespace fs = std::filesystem;
namespace {

bool named_as_picture(const fs::path& file) {
  static constexpr std::array kExtensions = {".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".pnm"};
  std::string extension = file.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return !file.filename().string().starts_with('.') &&
         std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

}  // namespace

void ImagesSource::Parameters::describe(Describer& d) {
  d("path", path,
    "a folder of JPEG, PNG or PNM pictures, sorted by name with numbers in numeric order; or one "
    "picture")
      .required();
  d("rate", rate, "frames per second to assume for the pictures").range(0.001, 1000);
  d("bad_frames", bad_frames,
    {{"stop", BadFrames::Policy::stop}, {"skip", BadFrames::Policy::skip}},
    "what to do if a picture cannot be read");
}

ImagesSource::ImagesSource(const Parameters& parameters, const Given&)
    : rate_(parameters.rate), bad_frames_(parameters.bad_frames) {
  const fs::path path = parameters.path;
  std::error_code failed;
  if (!fs::exists(path, failed)) throw InputError("there is no such file or folder", path.string());
  if (!fs::is_directory(path, failed)) {
    files_ = {path};
    return;
  }
  folder_ = path;
  for (const auto& entry : fs::directory_iterator(path, failed)) {
    if (named_as_picture(entry.path()) && !entry.is_directory()) files_.push_back(entry.path());
  }
  if (failed) throw InputError(cat("the folder cannot be read: ", failed.message()), path.string());
  if (files_.empty()) {
    throw InputError("the folder contains no pictures (.jpg, .jpeg, .png, .ppm, .pgm, .pnm)",
                     path.string());
  }
  std::sort(files_.begin(), files_.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
}

std::optional<Frame> ImagesSource::next() {
  while (position_ < files_.size()) {
    const fs::path& file = files_[position_++];
    Frame frame{{}, index_, static_cast<double>(index_) / rate_, file.string()};
    try {
      if (!folder_.empty()) check_link(folder_, file);
      frame.pixels = read_picture(file.string());
    } catch (const InputError& error) {
      if (files_.size() == 1) throw;
      bad_frames_.add(error);
      continue;
    }
    one_size_.check(frame);
    ++index_;
    return frame;
  }
  return {};
}

}  // namespace clipwork::media
