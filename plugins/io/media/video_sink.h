#pragma once
#include <clipwork/output_file.h>
#include <clipwork/parameters.h>
#include <clipwork/sink.h>

#include <optional>
#include <string>
#include <vector>

#include "video_encoder.h"

namespace clipwork::media {

/// H.264 in MP4, which every browser plays. Sides are padded to even numbers, as the format's
/// colour planes want them.
class VideoSink final : public Sink {
 public:
  struct Parameters {
    std::string file;
    double rate = 10;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  VideoSink(const Parameters& parameters, const Given&);
  void write(const Tensor& picture, double seconds) override;
  void finish(double seconds) override;
  std::vector<std::string> remarks() const override;

 private:
  std::string name_;
  double rate_;
  OutputFile output_;
  std::optional<VideoEncoder> encoder_;  // lets go of the file before its temporary name is removed
  Size size_, even_;
};

}  // namespace clipwork::media
