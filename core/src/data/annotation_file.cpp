#include <clipwork/data/annotation_file.h>
#include <clipwork/error.h>

#include "data/annotation_forms.h"
#include "data/annotation_names.h"
#include "data/annotation_reader.h"
#include "data/picture_names.h"

namespace clipwork {
namespace {

/// Keeps all of a file.
class FileReader final : public AnnotationReader {
 public:
  FileReader() : AnnotationReader(FaultPolicy::mend) {}
  AnnotationFile& file() { return file_; }
  /// The faults of frames, which are named when all names of videos are known.
  std::vector<DatasetFault> faults() const {
    std::vector<DatasetFault> faults;
    const AnnotationNames names(file_);
    for (const FrameFault& fault : faults_) {
      faults.push_back({cat(names.of(file_.annotations[fault.annotation]), ", frame ", fault.frame),
                        fault.problem, fault.mended, fault.count});
    }
    return faults;
  }

 private:
  void clear_annotations() override { file_.annotations.clear(); }
  void take(AnnotationFile::Annotation annotation) override {
    file_.annotations.push_back(std::move(annotation));
  }
};

}  // namespace

OpenedAnnotations open_annotations(const std::string& path, std::optional<AnnotationForm> form,
                                   const std::string& images) {
  FileReader reader;
  reader.read(path);
  if (reader.file().videos.empty() && reader.file().images.empty()) {
    throw InputError("has neither videos nor images", path,
                     "an annotation file is an object with the lists videos (or images), "
                     "categories and annotations");
  }
  OpenedAnnotations opened{
      form_of(reader.file()), reader.file().annotations.size(), {}, reader.faults()};
  opened.file = std::move(reader.file());
  AnnotationFile& file = opened.file;
  if (form == AnnotationForm::pictures) {
    if (file.images.empty()) {
      throw InputError("has no images", path,
                       "use the data set 'youtube_vis' for files with videos");
    }
    opened.form = *form;
  } else if (form && opened.form == AnnotationForm::pictures) {
    throw InputError("has images without video ids, and no track id that occurs in several of them",
                     path, "use the data set 'coco' for independent pictures");
  }
  relate_names(file, path, images, opened.faults);
  switch (opened.form) {
    case AnnotationForm::videos:
      find_repeated_tracks(file, opened.faults);
      break;
    case AnnotationForm::frames:
      frames_to_videos(file, opened.faults);
      break;
    case AnnotationForm::pictures:
      pictures_to_videos(file, opened.faults);
      break;
  }
  file.images.clear();
  mend(file, opened.faults);
  for (DatasetFault& fault : opened.faults) {
    fault.data = images.empty() ? path : cat(path, " --images ", images);
  }
  return opened;
}

}  // namespace clipwork
