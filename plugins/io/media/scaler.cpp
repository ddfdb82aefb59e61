#include "scaler.h"

#include <clipwork/error.h>

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

namespace clipwork::media {
namespace {

std::string format_name(int format) {
  const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(format));
  return name ? name : "unknown";
}

}  // namespace

Scaler::Layout Scaler::layout_of(const AVFrame& picture) {
  return {picture.width, picture.height, picture.format, picture.colorspace, picture.color_range};
}

void Scaler::prepare() {
  context_.reset(sws_alloc_context());
  SwsContext* context = context_.get();
  av_opt_set_int(context, "srcw", from_.width, 0);
  av_opt_set_int(context, "srch", from_.height, 0);
  av_opt_set_int(context, "src_format", from_.format, 0);
  av_opt_set_int(context, "dstw", to_.width, 0);
  av_opt_set_int(context, "dsth", to_.height, 0);
  av_opt_set_int(context, "dst_format", to_.format, 0);
  av_opt_set_int(context, "sws_flags", SWS_BICUBIC, 0);
  // Chroma lies between two rows, as MPEG-2 and its successors have it.
  constexpr int kBetweenRows = 128;
  if (from_.format == AV_PIX_FMT_YUV420P) av_opt_set_int(context, "src_v_chr_pos", kBetweenRows, 0);
  if (to_.format == AV_PIX_FMT_YUV420P) av_opt_set_int(context, "dst_v_chr_pos", kBetweenRows, 0);
  if (sws_init_context(context, nullptr, nullptr) < 0) {
    throw Error(cat("pixels of the format ", format_name(from_.format), ", ", from_.width, "x",
                    from_.height, ", cannot be converted to ", format_name(to_.format), ", ",
                    to_.width, "x", to_.height));
  }
  int *inverse = nullptr, *forward = nullptr;
  int full_in = 0, full_out = 0, brightness = 0, contrast = 0, saturation = 0;
  sws_getColorspaceDetails(context, &inverse, &full_in, &forward, &full_out, &brightness, &contrast,
                           &saturation);
  // Without a range the format decides: some are of full range by their name.
  auto full = [](AVColorRange range, int of_format) {
    return range == AVCOL_RANGE_UNSPECIFIED ? of_format : range == AVCOL_RANGE_JPEG ? 1 : 0;
  };
  // sws_getCoefficients takes 0, which pictures in RGB have, for BT.709 rather than its default.
  auto coefficients = [](AVColorSpace matrix) {
    return sws_getCoefficients(matrix == AVCOL_SPC_RGB ? SWS_CS_DEFAULT : static_cast<int>(matrix));
  };
  sws_setColorspaceDetails(context, coefficients(from_.matrix), full(from_.range, full_in),
                           coefficients(to_.matrix), full(to_.range, full_out), brightness,
                           contrast, saturation);
}

void Scaler::convert(const AVFrame& from, AVFrame& to) {
  const Layout before = layout_of(from), after = layout_of(to);
  if (!context_ || before != from_ || after != to_) {
    from_ = before;
    to_ = after;
    prepare();
  }
  sws_scale(context_.get(), from.data, from.linesize, 0, from.height, to.data, to.linesize);
}

}  // namespace clipwork::media
