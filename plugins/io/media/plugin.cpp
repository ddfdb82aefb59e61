#include <clipwork/plugin.h>

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>

#include "images_sink.h"
#include "overlay.h"
#include "pictures.h"
#include "sources.h"
#include "video_sink.h"
#include "video_source.h"

using namespace clipwork::media;

CLIPWORK_PLUGIN_ON_DEMAND(media, "0.1.0", MEDIA_KINDS) {
  // Libraries that speak on their own would break the one clear sentence of an error.
  av_log_set_level(AV_LOG_QUIET);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  cv::setNumThreads(1);

  registry.add<VideoSource>("video", "the frames of a video file");
  registry.add<ImagesSource>("images", "the pictures of a folder, sorted by name");
  registry.add<StdinSource>("stdin", "a sequence of JPEG, PNG or PNM pictures from standard input");
  registry.add<CameraSource>("camera", "a camera of this machine");
  registry.add<Pictures>("pictures", "JPEG, PNG and PNM files");
  registry.add<ImagesSink>("images", "a folder of PNG or JPEG pictures");
  registry.add<VideoSink>("video", "an H.264 video file");
  registry.add<Overlay>("overlay", "masks, contours and labels in the colours of their tracks");
}
