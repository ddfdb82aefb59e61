#include <clipwork/data/annotation_file.h>
#include <clipwork/error.h>

#include <algorithm>

#include "data/annotation_forms.h"
#include "data/annotation_names.h"
#include "data/annotation_reader.h"

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

AnnotationForm form_of(const AnnotationFile& file) {
  if (file.images.empty()) return AnnotationForm::videos;
  return std::any_of(file.images.begin(), file.images.end(),
                     [](const AnnotationFile::Image& image) { return image.video.has_value(); })
             ? AnnotationForm::frames
             : AnnotationForm::pictures;
}

}  // namespace

OpenedAnnotations open_annotations(const std::string& path, std::optional<AnnotationForm> form) {
  FileReader reader;
  reader.read(path);
  if (reader.file().videos.empty() && reader.file().images.empty()) {
    throw InputError("has neither videos nor images", path,
                     "an annotation file is an object with the lists videos (or images), "
                     "categories and annotations");
  }
  OpenedAnnotations opened{form.value_or(form_of(reader.file())), {}, reader.faults()};
  opened.file = std::move(reader.file());
  AnnotationFile& file = opened.file;
  switch (opened.form) {
    case AnnotationForm::videos:
      break;
    case AnnotationForm::frames:
      frames_to_videos(file, opened.faults);
      break;
    case AnnotationForm::pictures:
      if (file.images.empty()) {
        throw InputError("has no images", path,
                         "use the data set 'youtube_vis' for files with videos");
      }
      pictures_to_videos(file);
      break;
  }
  file.images.clear();
  mend(file, opened.faults);
  return opened;
}

}  // namespace clipwork
