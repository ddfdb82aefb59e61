#pragma once
// The pictures of a video file with the times at which they are shown.

#include <filesystem>
#include <string>

#include "video_file.h"

namespace clipwork::media {

/// Decodes a video file from its beginning, in several threads. The end of the file is where no
/// more pictures come out, whatever the container promised.
class VideoDecoder {
 public:
  /// Throws InputError naming the file where it cannot be decoded.
  explicit VideoDecoder(const std::filesystem::path& file);

  /// The next picture as it is stored, valid until the next call; null at the end. Pictures that an
  /// edit list cuts off are left out, damaged ones counted.
  const AVFrame* next();
  /// When the picture that `next` returned is shown, and when it ends, in seconds. Times ascend,
  /// even where those of the file do not.
  double seconds() const { return seconds_; }
  double end_seconds() const { return end_seconds_; }
  /// The display matrix of that picture, nine numbers; null: upright.
  const int32_t* display_matrix() const;

  const VideoFile& file() const { return file_; }
  /// What went wrong so far, as part of a sentence; empty: nothing.
  std::string damage() const;

 private:
  VideoFile file_;
  Codec codec_;
  Packet packet_;
  Picture picture_;
  bool began_ = false;
  double seconds_ = 0, end_seconds_ = 0;
  int64_t lost_packets_ = 0, damaged_pictures_ = 0;

  void feed();
  void tell_time();
};

}  // namespace clipwork::media
