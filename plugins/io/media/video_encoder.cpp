#include "video_encoder.h"

#include <clipwork/error.h>

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/opt.h>
}

namespace clipwork::media {
namespace {

/// Of the clock of MPEG: whole numbers for 24, 25, 30 and 29.97 frames a second.
constexpr int kTicksPerSecond = 90000;

Codec open_encoder(const std::string& name, Size size, double rate) {
  const AVCodec* encoder = avcodec_find_encoder(AV_CODEC_ID_H264);
  if (!encoder) {
    throw Error("this FFmpeg has no encoder for H.264", name,
                "set output.overlay = false, or output.pictures = true instead of it");
  }
  Codec codec(avcodec_alloc_context3(encoder));
  codec->width = static_cast<int>(size.width);
  codec->height = static_cast<int>(size.height);
  codec->pix_fmt = AV_PIX_FMT_YUV420P;
  codec->time_base = {1, kTicksPerSecond};
  codec->framerate = av_d2q(rate, 1'000'000);
  codec->color_primaries = AVCOL_PRI_BT709;
  codec->color_trc = AVCOL_TRC_BT709;
  codec->colorspace = AVCOL_SPC_BT709;
  codec->color_range = AVCOL_RANGE_MPEG;
  codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;  // MP4 keeps parameters outside of the pictures
  // Quality that hardly differs from the source. Encoders other than x264 have their own scale.
  av_opt_set(codec->priv_data, "crf", "23", 0);
  if (avcodec_open2(codec.get(), encoder, nullptr) < 0) {
    throw Error(cat("no H.264 encoder on this system supports ", size.width, "x", size.height,
                    " pictures at ", rate, " per second"),
                name);
  }
  return codec;
}

}  // namespace

VideoEncoder::VideoEncoder(const std::filesystem::path& file, std::string name, Size size,
                           double rate)
    : name_(std::move(name)),
      codec_(open_encoder(name_, size, rate)),
      packet_(av_packet_alloc()),
      rgb_(make_picture(codec_->width, codec_->height, AV_PIX_FMT_RGB24)) {
  AVIOContext* io = nullptr;
  const std::string url = cat("file:", std::filesystem::absolute(file).string());
  check(avio_open2(&io, url.c_str(), AVIO_FLAG_WRITE, nullptr, nullptr));
  io_.reset(io);
  AVFormatContext* muxer = nullptr;
  check(avformat_alloc_output_context2(&muxer, nullptr, "mp4", nullptr));
  muxer_.reset(muxer);
  muxer->pb = io;
  AVStream* stream = avformat_new_stream(muxer, nullptr);
  stream->time_base = codec_->time_base;
  check(avcodec_parameters_from_context(stream->codecpar, codec_.get()));
  check(avformat_write_header(muxer, nullptr));
}

cv::Mat VideoEncoder::rows() {
  return {rgb_->height, rgb_->width, CV_8UC3, rgb_->data[0],
          static_cast<size_t>(rgb_->linesize[0])};
}

int64_t VideoEncoder::ticks(double seconds) const {
  return std::llround((seconds - origin_) * kTicksPerSecond);
}

void VideoEncoder::add(double seconds) {
  // Players do not show what lies before 0.
  if (!began_) origin_ = std::min(0.0, seconds);
  began_ = true;
  int64_t time = ticks(seconds);
  if (held_) {
    time = std::max(time, held_->pts + 1);
    send_held(time);
  }
  held_ = make_picture(rgb_->width, rgb_->height, AV_PIX_FMT_YUV420P);
  held_->colorspace = codec_->colorspace;
  held_->color_range = codec_->color_range;
  held_->pts = time;
  scaler_.convert(*rgb_, *held_);
}

void VideoEncoder::finish(double seconds) {
  if (held_) send_held(std::max(ticks(seconds), held_->pts + 1));
  send(nullptr);
  check(av_write_trailer(muxer_.get()));
  AVIOContext* io = io_.release();
  check(avio_closep(&io));
}

void VideoEncoder::send_held(int64_t end) {
  durations_[held_->pts] = end - held_->pts;
  send(held_.get());
  held_.reset();
}

void VideoEncoder::send(const AVFrame* picture) {
  check(avcodec_send_frame(codec_.get(), picture));
  while (true) {
    const int code = avcodec_receive_packet(codec_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check(code);
    if (auto duration = durations_.extract(packet_->pts)) packet_->duration = duration.mapped();
    av_packet_rescale_ts(packet_.get(), codec_->time_base, muxer_->streams[0]->time_base);
    check(av_write_frame(muxer_.get(), packet_.get()));
    av_packet_unref(packet_.get());
  }
}

void VideoEncoder::check(int code) const {
  if (code >= 0) return;
  throw Error(cat("the video cannot be written: ", ffmpeg_error(code)), name_,
              code == AVERROR(ENOSPC) ? "free some space on that disk" : "");
}

}  // namespace clipwork::media
