#include "images_sink.h"

#include <clipwork/error.h>
#include <clipwork/text.h>
#include <unistd.h>

#include <fstream>
#include <opencv2/imgcodecs.hpp>

#include "pixels.h"

namespace clipwork::media {
namespace fs = std::filesystem;

void ImagesSink::Parameters::describe(Describer& d) {
  d("path", path, "the folder to write; it must not exist").required();
  d("form", form, {{"png", Form::png}, {"jpg", Form::jpg}}, "png is lossless, jpg is smaller");
}

ImagesSink::ImagesSink(const Parameters& parameters, const Given&)
    : path_(parameters.path),
      extension_(parameters.form == Parameters::Form::png ? ".png" : ".jpg") {
  if (fs::exists(path_)) throw InputError("already exists", path_.string());
  const fs::path whole = fs::absolute(path_);
  temporary_ = whole.parent_path() / cat(".", whole.filename().string(), ".", ::getpid());
  std::error_code failed;
  fs::create_directories(temporary_, failed);
  if (failed) throw Error(cat("cannot be created: ", failed.message()), temporary_.string());
}

ImagesSink::~ImagesSink() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void ImagesSink::write(const Tensor& picture, double) {
  const std::string number = padded(pictures_++, 5);
  std::vector<uint8_t> bytes;
  if (!cv::imencode(extension_, bgr_from_tensor(picture), bytes)) {
    throw Error(cat("the picture cannot be written as ", extension_), path_.string());
  }
  const fs::path file = temporary_ / (number + extension_);
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  stream.close();
  if (!stream) throw Error("cannot be written", file.string(), "is the disk full?");
}

void ImagesSink::finish(double) {
  std::error_code failed;
  fs::rename(temporary_, path_, failed);
  if (failed) throw Error(cat("cannot be renamed: ", failed.message()), path_.string());
  temporary_.clear();
}

}  // namespace clipwork::media
