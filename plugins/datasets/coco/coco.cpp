#include <clipwork/data/picture_dataset.h>
#include <clipwork/plugin.h>

namespace {

using namespace clipwork;

/// Still pictures with instances: each is a video of one frame, each instance a track of one frame.
class Coco final : public PictureDataset {
 public:
  using Parameters = AnnotationPlace;
  static Contract contract(const Parameters& parameters, const Given&) {
    parameters.check();
    return {};
  }

  Coco(const Parameters& parameters, const Given&) {
    const std::string annotations = parameters.annotation_file();
    std::vector<DatasetFault> faults;
    AnnotationFile file = read_annotations(annotations, faults);
    if (file.images.empty()) {
      throw InputError("has no images", annotations,
                       "use the data set 'youtube_vis' for files with videos");
    }
    pictures_to_videos(file);
    mend(file, faults);
    const std::string images =
        parameters.images.empty() ? probe_images(annotations, file) : find_data(parameters.images);
    take(std::move(file), images, std::move(faults));
    keep(parameters.split_file());
  }
  bool pictures() const override { return true; }
};

}  // namespace

CLIPWORK_PLUGIN(coco, "0.1.0") {
  registry.add<Coco>("coco", "pictures in COCO format, each a video of one frame");
}
