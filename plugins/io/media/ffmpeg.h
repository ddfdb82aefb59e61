#pragma once
// Owners of FFmpeg's objects, and its errors as text.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace clipwork::media {

/// Deletes by one of FFmpeg's functions that take the address of a pointer.
template <auto Free>
struct FreeBy {
  template <class Object>
  void operator()(Object* object) const {
    Free(&object);
  }
};

struct FreeMuxer {
  void operator()(AVFormatContext* muxer) const { avformat_free_context(muxer); }
};

struct FreeSws {
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};

using FileHandle = std::unique_ptr<AVIOContext, FreeBy<avio_closep>>;
using Demuxer = std::unique_ptr<AVFormatContext, FreeBy<avformat_close_input>>;
using Muxer = std::unique_ptr<AVFormatContext, FreeMuxer>;
using Codec = std::unique_ptr<AVCodecContext, FreeBy<avcodec_free_context>>;
using Picture = std::unique_ptr<AVFrame, FreeBy<av_frame_free>>;
using Packet = std::unique_ptr<AVPacket, FreeBy<av_packet_free>>;
using Sws = std::unique_ptr<SwsContext, FreeSws>;

/// A picture with memory of its own, padded as FFmpeg's fast loops expect. `format` is one of
/// AVPixelFormat. Throws std::bad_alloc.
Picture make_picture(int width, int height, int format);

/// "No space left on device"
std::string ffmpeg_error(int code);

}  // namespace clipwork::media
