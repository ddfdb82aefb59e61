#include "video_file.h"

#include <clipwork/error.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>
#include <string_view>
#include <vector>

extern "C" {
#include <libavutil/avstring.h>
}

namespace clipwork::media {
namespace fs = std::filesystem;
namespace {

/// Demuxers that read everything from one file, by FFmpeg's names.
constexpr const char* kContainers =
    "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,mxf,gxf,nut,dv,wtv,rm,ivf,gif,apng,yuv4mpegpipe,"
    "mpegvideo,m4v,h263,h264,hevc,vc1,obu,av1,mjpeg,"
    "png_pipe,jpeg_pipe,bmp_pipe,tiff_pipe,webp_pipe";
constexpr const char* kAdvice =
    "MP4, MOV, MKV, WebM, AVI, MPEG (TS, PS), FLV, WMV, OGG, MXF and GIF files can be read";

int refuse_other_files(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

[[noreturn]] void fail_unreadable(const std::string& name) {
  throw InputError(
      "cannot be read as a video: it is truncated before its index, damaged, or not a video", name);
}

using Head = std::array<uint8_t, 64>;

/// A number of variable length at `at`, as EBML writes sizes; moves `at` behind it. None where the
/// size is unknown.
std::optional<uint64_t> ebml_size(const Head& head, size_t& at) {
  const int length = std::countl_zero(head[at]) + 1;
  if (length > 8 || at + static_cast<size_t>(length) > head.size()) return {};
  uint64_t value = head[at++] & (0xFFu >> length);
  for (int i = 1; i < length; ++i) value = value << 8 | head[at++];
  if (value == (uint64_t{1} << (7 * length)) - 1) return {};
  return value;
}

/// The size that an AVI or Matroska file gives itself in its first bytes; 0 where it gives none.
int64_t declared_bytes(const Head& head) {
  auto says = [&](size_t at, std::string_view bytes) {
    return at + bytes.size() <= head.size() &&
           std::equal(bytes.begin(), bytes.end(), head.begin() + static_cast<std::ptrdiff_t>(at),
                      [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
  };
  if (says(0, "RIFF") && says(8, "AVI ")) {
    const uint32_t size = head[4] | head[5] << 8 | head[6] << 16 | uint32_t{head[7]} << 24;
    // Recorders that were switched off leave no size behind.
    return size == 0 || size == ~uint32_t{0} ? 0 : int64_t{size} + 8;
  }
  if (!says(0, "\x1A\x45\xDF\xA3")) return 0;
  size_t at = 4;
  const std::optional<uint64_t> header = ebml_size(head, at);
  if (!header || *header > head.size()) return 0;
  at += *header;
  if (!says(at, "\x18\x53\x80\x67") || at + 4 >= head.size()) return 0;
  at += 4;
  const std::optional<uint64_t> segment = ebml_size(head, at);
  constexpr uint64_t kMost = uint64_t{1} << 60;
  return segment && *segment < kMost ? static_cast<int64_t>(*segment + at) : 0;
}

int64_t read_declared_bytes(AVIOContext* io) {
  Head head{};
  avio_read(io, head.data(), static_cast<int>(head.size()));
  avio_seek(io, 0, SEEK_SET);
  return declared_bytes(head);
}

void find_stream_info(AVFormatContext& demuxer, const std::string& name) {
  // Decoders are tried out here.
  std::vector<AVDictionary*> options(demuxer.nb_streams, nullptr);
  for (AVDictionary*& of_stream : options) {
    av_dict_set_int(&of_stream, "max_pixels", kMostVideoPixels, 0);
  }
  const int code = avformat_find_stream_info(&demuxer, options.data());
  for (AVDictionary*& of_stream : options) av_dict_free(&of_stream);
  if (code < 0) fail_unreadable(name);
}

AVStream* choose_stream(AVFormatContext& demuxer) {
  AVStream* best = nullptr;
  int64_t best_score = -1;
  for (AVStream* stream : std::span(demuxer.streams, demuxer.nb_streams)) {
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    constexpr int64_t kDefault = 5'000'000;
    int64_t score = int64_t{stream->codecpar->width} * stream->codecpar->height;
    if (stream->disposition & AV_DISPOSITION_DEFAULT) score += kDefault;
    if (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) score = 0;
    if (score <= best_score) continue;
    best = stream;
    best_score = score;
  }
  return best;
}

double frames_per_second(AVFormatContext& demuxer, AVStream& stream) {
  const AVRational rate = av_guess_frame_rate(&demuxer, &stream, nullptr);
  const double frames = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
  // Containers without a rate report that of their clock: 1000 or 90000.
  constexpr double kFastest = 480;
  return frames <= kFastest ? frames : 0;
}

}  // namespace

VideoFile::VideoFile(const fs::path& file) {
  const std::string name = file.string();
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (!fs::exists(status)) throw InputError("there is no such file", name);
  if (!fs::is_regular_file(status))
    throw InputError("expected a video file, found a folder, a device or a pipe", name);
  if (fs::file_size(file, failed) == 0) throw InputError("the video is empty: 0 bytes", name);

  // Behind "file:", a name cannot be taken for another of FFmpeg's protocols ("concat:...").
  const std::string url = cat("file:", fs::absolute(file).string());
  AVIOContext* io = nullptr;
  if (const int code = avio_open2(&io, url.c_str(), AVIO_FLAG_READ, nullptr, nullptr); code < 0) {
    throw InputError(cat("cannot be opened: ", ffmpeg_error(code)), name);
  }
  io_.reset(io);
  declared_bytes_ = read_declared_bytes(io);
  const AVInputFormat* format = nullptr;
  if (av_probe_input_buffer2(io, &format, url.c_str(), nullptr, 0, 0) < 0) fail_unreadable(name);
  if (!av_match_list(format->name, kContainers, ',')) {
    throw InputError(cat("expected a video, all of it in one file, found '", format->name, "' (",
                         format->long_name ? format->long_name : "", ")"),
                     name, kAdvice);
  }
  AVFormatContext* demuxer = avformat_alloc_context();
  demuxer->pb = io;
  demuxer->io_open = refuse_other_files;
  // Frees the context where it fails.
  if (avformat_open_input(&demuxer, url.c_str(), format, nullptr) < 0) fail_unreadable(name);
  demuxer_.reset(demuxer);
  find_stream_info(*demuxer, name);
  stream_ = choose_stream(*demuxer);
  if (!stream_) {
    const bool has_sound =
        av_find_best_stream(demuxer, AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0) >= 0;
    // Without its index, a file seems to contain nothing at all.
    if (!has_sound) fail_unreadable(name);
    throw InputError("the file contains sound but no video", name);
  }
  rate_ = frames_per_second(*demuxer, *stream_);
  for (AVStream* stream : std::span(demuxer->streams, demuxer->nb_streams)) {
    if (stream != stream_) stream->discard = AVDISCARD_ALL;
  }
}

bool VideoFile::read(AVPacket& packet) {
  int code = 0;
  while ((code = av_read_frame(demuxer_.get(), &packet)) >= 0) {
    if (packet.stream_index == stream_->index) {
      if (demuxer_->iformat->flags & AVFMT_TS_DISCONT) continue_clock(packet);
      return true;
    }
    av_packet_unref(&packet);
  }
  if (code == AVERROR_EOF && io_->error < 0) code = io_->error;
  if (code != AVERROR_EOF) failure_ = ffmpeg_error(code);
  return false;
}

void VideoFile::continue_clock(AVPacket& packet) {
  if (packet.dts == AV_NOPTS_VALUE) return;
  constexpr double kBack = 0.1, kLeap = 10;  // as the `ffmpeg` program tells a new clock
  const double tick = av_q2d(stream_->time_base);
  if (next_time_ != AV_NOPTS_VALUE) {
    const int64_t leap = packet.dts + shift_ - next_time_;
    const double seconds = static_cast<double>(leap) * tick;
    if (seconds < -kBack || seconds > kLeap) shift_ -= leap;
  }
  packet.dts += shift_;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += shift_;
  const int64_t usual = rate_ > 0 ? std::llround(1 / (rate_ * tick)) : 0;
  next_time_ = packet.dts + (packet.duration > 0 ? packet.duration : usual);
}

double VideoFile::seconds(int64_t time) const {
  const int64_t start = demuxer_->start_time == AV_NOPTS_VALUE ? 0 : demuxer_->start_time;
  return static_cast<double>(time) * av_q2d(stream_->time_base) -
         static_cast<double>(start) / AV_TIME_BASE;
}

const int32_t* VideoFile::display_matrix() const {
  return reinterpret_cast<const int32_t*>(
      av_stream_get_side_data(stream_, AV_PKT_DATA_DISPLAYMATRIX, nullptr));
}

std::optional<VideoFile::Index> VideoFile::index() const {
  if (!av_match_list("mov", demuxer_->iformat->name, ',')) return {};
  const int64_t bytes = avio_size(io_.get());
  Index index;
  for (int i = 0; i < avformat_index_get_entries_count(stream_); ++i) {
    const AVIndexEntry* entry = avformat_index_get_entry(stream_, i);
    if (entry->flags & AVINDEX_DISCARD_FRAME) continue;
    ++index.frames;
    if (entry->pos + entry->size > bytes) ++index.missing;
  }
  // With sound, the duration of the file may be that of the sound.
  if (demuxer_->nb_streams == 1 && demuxer_->duration > 0) {
    index.end_seconds = static_cast<double>(demuxer_->duration) / AV_TIME_BASE;
  }
  return index;
}

std::string VideoFile::damage() const {
  if (!failure_.empty()) return failure_;
  const int64_t bytes = avio_size(io_.get());
  if (bytes >= 0 && bytes < declared_bytes_) {
    return cat("it has ", bytes, " of its ", declared_bytes_, " bytes");
  }
  return {};
}

}  // namespace clipwork::media
