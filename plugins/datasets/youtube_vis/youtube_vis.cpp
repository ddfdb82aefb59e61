#include <clipwork/data/picture_dataset.h>
#include <clipwork/plugin.h>

namespace {

using namespace clipwork;

/// YouTube-VIS 2019, 2021 and 2022, OVIS, and whatever else comes in their form.
class YoutubeVis final : public PictureDataset {
 public:
  using Parameters = AnnotationPlace;
  static Contract contract(const Parameters& parameters, const Given&) {
    parameters.check();
    return {};
  }

  YoutubeVis(const Parameters& parameters, const Given&) {
    const std::string annotations = parameters.annotation_file();
    std::vector<DatasetFault> faults;
    AnnotationFile file = read_annotations(annotations, faults);
    mend(file, faults);
    const std::string images =
        parameters.images.empty() ? probe_images(annotations, file) : find_data(parameters.images);
    take(std::move(file), images, std::move(faults));
    keep(parameters.split_file());
  }
};

}  // namespace

CLIPWORK_PLUGIN(youtube_vis, "0.1.0") {
  registry.add<YoutubeVis>("youtube_vis", "videos and tracks in YouTube-VIS format");
  registry.add<YoutubeVis>(
      "ovis", "videos and tracks in YouTube-VIS format, with an occlusion label per frame");
}
