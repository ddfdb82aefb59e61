#include "video_decoder.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include "pixels.h"

namespace clipwork::media {
namespace {

Codec open_decoder(const VideoFile& file, const std::string& name) {
  const AVCodecParameters& parameters = *file.stream().codecpar;
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (!decoder) {
    throw InputError(cat("this FFmpeg has no decoder for video of the format '",
                         avcodec_get_name(parameters.codec_id), "'"),
                     name);
  }
  if (parameters.width > 0 || parameters.height > 0) {
    check_size({parameters.height, parameters.width}, name, kMostVideoPixels);
  }
  Codec codec(avcodec_alloc_context3(decoder));
  avcodec_parameters_to_context(codec.get(), &parameters);
  codec->pkt_timebase = file.stream().time_base;
  codec->max_pixels = kMostVideoPixels;
  codec->thread_count = 0;  // as many as there are cores
  // A picture for each thread is too much memory where pictures are large.
  constexpr int64_t kManyPixels = int64_t{1} << 24;
  if (int64_t{parameters.width} * parameters.height > kManyPixels) {
    codec->thread_type = FF_THREAD_SLICE;
  }
  if (const int code = avcodec_open2(codec.get(), decoder, nullptr); code < 0) {
    throw InputError(cat("cannot be decoded: ", ffmpeg_error(code)), name);
  }
  return codec;
}

}  // namespace

VideoDecoder::VideoDecoder(const std::filesystem::path& file)
    : file_(file),
      codec_(open_decoder(file_, file.string())),
      packet_(av_packet_alloc()),
      picture_(av_frame_alloc()) {}

const AVFrame* VideoDecoder::next() {
  while (true) {
    const int code = avcodec_receive_frame(codec_.get(), picture_.get());
    if (code == AVERROR_EOF) return nullptr;
    if (code == AVERROR(EAGAIN)) {
      feed();
    } else if (code < 0) {
      ++lost_packets_;
    } else {
      if (picture_->decode_error_flags != 0 || picture_->flags & AV_FRAME_FLAG_CORRUPT) {
        ++damaged_pictures_;
      }
      tell_time();
      return picture_.get();
    }
  }
}

void VideoDecoder::feed() {
  if (!file_.read(*packet_)) {
    avcodec_send_packet(codec_.get(), nullptr);  // the end
    return;
  }
  // A packet without bytes, which stands for a repeated picture in AVI files, would mean the end.
  if (packet_->size > 0 && avcodec_send_packet(codec_.get(), packet_.get()) < 0) ++lost_packets_;
  av_packet_unref(packet_.get());
}

void VideoDecoder::tell_time() {
  constexpr double kWithoutRate = 0.1;
  double duration = static_cast<double>(picture_->pkt_duration) * av_q2d(file_.stream().time_base);
  if (duration <= 0) duration = file_.rate() > 0 ? 1 / file_.rate() : kWithoutRate;
  const int64_t time = picture_->best_effort_timestamp;
  const double seconds = time == AV_NOPTS_VALUE ? end_seconds_ : file_.seconds(time);
  seconds_ = began_ && seconds <= seconds_ ? end_seconds_ : seconds;
  end_seconds_ = seconds_ + duration;
  began_ = true;
}

const int32_t* VideoDecoder::display_matrix() const {
  const AVFrameSideData* own = av_frame_get_side_data(picture_.get(), AV_FRAME_DATA_DISPLAYMATRIX);
  return own ? reinterpret_cast<const int32_t*>(own->data) : file_.display_matrix();
}

std::string VideoDecoder::damage() const {
  if (std::string of_file = file_.damage(); !of_file.empty()) return of_file;
  if (lost_packets_ > 0) return cat(counted(lost_packets_, "packet"), " cannot be decoded");
  if (damaged_pictures_ > 0) return cat(counted(damaged_pictures_, "picture"), " damaged");
  return {};
}

}  // namespace clipwork::media
