#pragma once
// Frames of video files.

#include <clipwork/parameters.h>
#include <clipwork/source.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "scaler.h"
#include "video_decoder.h"

namespace clipwork::media {

/// The frames of a video file, upright, all of the first one's size: frames of another size are
/// scaled to it, as the `ffmpeg` program does.
class VideoSource final : public Source {
 public:
  struct Parameters {
    std::string file;
    void describe(Describer& d) { d("file", file, "a video file").required(); }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  VideoSource(const Parameters& parameters, const Given&);
  std::optional<Frame> next() override;
  /// By the index of the file. A damaged file may give fewer.
  std::optional<int64_t> count() const override { return count_; }
  double rate() const override { return decoder_.file().rate(); }
  std::optional<double> end_seconds() const override;
  std::vector<std::string> remarks() const override;

 private:
  std::filesystem::path file_;
  VideoDecoder decoder_;
  std::optional<int64_t> count_;
  Scaler scaler_;
  Picture rgb_;               ///< the stored picture, in the size that fits `size_`
  std::optional<Size> size_;  ///< of all frames, upright
  int64_t index_ = 0, scaled_ = 0;
  std::string first_scaled_;  ///< "frame 5 (96x160)"
  bool ended_ = false;

  Tensor upright_rgb(const AVFrame& picture);
};

}  // namespace clipwork::media
