#pragma once
// H.264 in MP4 files, with a time for each picture.

#include <clipwork/size.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <opencv2/core/mat.hpp>

#include "scaler.h"

namespace clipwork::media {

/// Writes an MP4 file that every browser plays: H.264, 4:2:0, BT.709. All functions throw Error
/// naming the file where it cannot be written.
class VideoEncoder {
 public:
  /// `name` is that of the file in errors, `size` has even sides, and `rate` is about the number of
  /// frames a second.
  VideoEncoder(const std::filesystem::path& file, std::string name, Size size, double rate);

  /// The rows of the next picture, RGB and of the encoder's size, to be filled before `add`.
  cv::Mat rows();
  /// Adds that picture, which is shown from `seconds` on; times ascend.
  void add(double seconds);
  /// Ends the file, whose last picture is shown until `seconds`.
  void finish(double seconds);

 private:
  std::string name_;
  FileHandle io_;
  Muxer muxer_;
  Codec codec_;
  Packet packet_;
  Picture rgb_, held_;  // a picture is held until its end is known
  Scaler scaler_;
  std::map<int64_t, int64_t> durations_;  // by time, of the pictures inside the encoder
  double origin_ = 0;
  bool began_ = false;

  int64_t ticks(double seconds) const;
  void send_held(int64_t end);
  void send(const AVFrame* picture);
  void check(int code) const;
};

}  // namespace clipwork::media
