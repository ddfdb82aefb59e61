#pragma once
// Containers of video: which are opened, and what they say of their video.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "ffmpeg.h"

namespace clipwork::media {

/// The limit for a frame of a video: 8192x8192. Decoders keep many frames at once.
inline constexpr int64_t kMostVideoPixels = int64_t{1} << 26;

/// A file with a video, read packet by packet. No other file is ever opened: playlists, scripts and
/// numbered pictures, which are also containers to FFmpeg, are refused.
class VideoFile {
 public:
  /// Throws InputError naming the file where it is not a regular file or not a video.
  explicit VideoFile(const std::filesystem::path& file);

  /// The stream that the `ffmpeg` program selects: the largest picture, those that the file marks
  /// as default first, cover art last.
  const AVStream& stream() const { return *stream_; }
  /// Reads the next packet of that stream. False at the end, or where the file cannot be read.
  /// Where the clock of a transport stream begins anew or leaps, as in joined recordings, times go
  /// on.
  bool read(AVPacket& packet);

  /// A time of the stream in seconds since the beginning of the file.
  double seconds(int64_t time) const;
  /// Frames a second, the nominal rate of a video of variable rate; 0 where the file does not say.
  double rate() const { return rate_; }
  /// The display matrix of the stream, nine numbers; null where there is none.
  const int32_t* display_matrix() const;

  /// The frames that are shown, by the index of an MP4 or QuickTime file.
  struct Index {
    int64_t frames = 0, missing = 0;  ///< in all, and those whose bytes the file does not contain
    /// The end of the last frame, to a millisecond; none where the file does not say.
    std::optional<double> end_seconds;
  };
  /// None for other containers. The index of a fragmented file grows while the file is read.
  std::optional<Index> index() const;
  bool is_fragmented() const { return stream_->nb_frames == 0; }
  /// What is wrong with the bytes that were read: "12 of 20 kB are there"; empty: nothing.
  std::string damage() const;

 private:
  FileHandle io_;  // before what reads from it
  Demuxer demuxer_;
  AVStream* stream_ = nullptr;
  double rate_ = 0;
  int64_t declared_bytes_ = 0;  // 0: the file does not say
  std::string failure_;
  int64_t next_time_ = AV_NOPTS_VALUE, shift_ = 0;  // on the clock of the stream

  void continue_clock(AVPacket& packet);
};

}  // namespace clipwork::media
