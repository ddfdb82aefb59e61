#pragma once
#include <clipwork/parameters.h>
#include <clipwork/sink.h>

#include <filesystem>
#include <string>

namespace clipwork::media {

/// A folder of pictures, 00000.png and so on, which appears whole or not at all.
class ImagesSink final : public Sink {
 public:
  struct Parameters {
    std::string path;
    enum class Form { png, jpg } form = Form::png;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  ImagesSink(const Parameters& parameters, const Given&);
  ~ImagesSink() override;
  void write(const Tensor& picture, double seconds) override;
  void finish(double seconds) override;

 private:
  std::filesystem::path path_, temporary_;
  std::string extension_;
  int64_t pictures_ = 0;
};

}  // namespace clipwork::media
