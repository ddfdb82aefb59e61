#include <clipwork/picture_dataset.h>
#include <clipwork/plugin.h>

namespace {

using namespace clipwork;

/// Still pictures with instances: each is a video of one frame, each instance a track of one frame.
class Coco final : public PictureDataset {
 public:
  struct Parameters {
    std::string annotations, images, split;
    void describe(Describer& d) {
      d.file("annotations", annotations, "the annotation file: instances_train2017.json")
          .required();
      d.file("images", images,
             "the folder of the pictures; where none is given, the known layouts beside the "
             "annotation file are tried");
      d.file("split", split,
             "a file of `clipwork dataset split`: only its pictures; without one, all");
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Coco(const Parameters& parameters, const Given&) {
    const std::string annotations = find_data(parameters.annotations);
    std::vector<DatasetFault> faults;
    AnnotationFile file = read_annotations(annotations, faults);
    if (file.images.empty()) {
      throw InputError("has no images", annotations,
                       "files with videos are read by the data set 'youtube_vis'");
    }
    pictures_to_videos(file);
    mend(file, faults);
    const std::string images =
        parameters.images.empty() ? probe_images(annotations, file) : find_data(parameters.images);
    take(std::move(file), images, std::move(faults));
    keep(parameters.split);
  }
};

}  // namespace

CLIPWORK_PLUGIN(coco, "0.1.0") {
  registry.add<Coco>("coco", "pictures in COCO form, each a video of one frame");
}
