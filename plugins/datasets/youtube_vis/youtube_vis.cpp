#include <clipwork/data/picture_dataset.h>
#include <clipwork/plugin.h>

namespace {

using namespace clipwork;

/// YouTube-VIS 2019, 2021 and 2022, OVIS, whatever else comes in their form, and COCO with track
/// ids.
class YoutubeVis final : public PictureDataset {
 public:
  using Parameters = AnnotationPlace;
  static Contract contract(const Parameters& parameters, const Given&) {
    parameters.check();
    return {};
  }

  YoutubeVis(const Parameters& parameters, const Given&) {
    open(parameters, AnnotationForm::videos);
  }
};

}  // namespace

CLIPWORK_PLUGIN(youtube_vis, "0.1.0") {
  registry.add<YoutubeVis>("youtube_vis",
                           "videos and tracks in YouTube-VIS format, or COCO with track ids");
  registry.add<YoutubeVis>(
      "ovis", "videos and tracks in YouTube-VIS format, with an occlusion label per frame");
}
