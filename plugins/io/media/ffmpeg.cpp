#include "ffmpeg.h"

#include <new>

namespace clipwork::media {

Picture make_picture(int width, int height, int format) {
  Picture picture(av_frame_alloc());
  if (!picture) throw std::bad_alloc();
  picture->width = width;
  picture->height = height;
  picture->format = format;
  if (av_frame_get_buffer(picture.get(), /*align=*/0) < 0) throw std::bad_alloc();
  return picture;
}

std::string ffmpeg_error(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return text;
}

}  // namespace clipwork::media
