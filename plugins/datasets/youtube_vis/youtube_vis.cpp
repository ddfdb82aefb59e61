#include <clipwork/picture_dataset.h>
#include <clipwork/plugin.h>

namespace {

using namespace clipwork;

/// YouTube-VIS 2019, 2021 and 2022, OVIS, and whatever else comes in their form.
class YoutubeVis final : public PictureDataset {
 public:
  struct Parameters {
    std::string annotations, images, split;
    void describe(Describer& d) {
      d.file("annotations", annotations, "the annotation file: train.json, instances.json, ...")
          .required();
      d.file("images", images,
             "the folder below which the picture files lie that it names; where none is given, the "
             "known layouts beside the annotation file are tried");
      d.file("split", split,
             "a file of `clipwork dataset split`: only its videos; without one, all");
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  YoutubeVis(const Parameters& parameters, const Given&) {
    const std::string annotations = find_data(parameters.annotations);
    std::vector<DatasetFault> faults;
    AnnotationFile file = read_annotations(annotations, faults);
    mend(file, faults);
    const std::string images =
        parameters.images.empty() ? probe_images(annotations, file) : find_data(parameters.images);
    take(std::move(file), images, std::move(faults));
    keep(parameters.split);
  }
};

}  // namespace

CLIPWORK_PLUGIN(youtube_vis, "0.1.0") {
  registry.add<YoutubeVis>("youtube_vis", "videos and tracks in YouTube-VIS form");
  registry.add<YoutubeVis>("ovis", "the same form with a degree of occlusion a frame");
}
