#include "data/dataset_open.h"

#include <clipwork/data/data_paths.h>
#include <clipwork/data/fault_lines.h>
#include <clipwork/data/picture_dataset.h>
#include <clipwork/error.h>
#include <clipwork/host/label_files.h>
#include <clipwork/host/log.h>
#include <clipwork/make_component.h>
#include <clipwork/text.h>

#include <algorithm>
#include <iterator>

#include "data/split_data.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

/// A file that was read here, so that its entries are at hand beside the data set.
class LoadedDataset final : public PictureDataset {
 public:
  LoadedDataset(OpenedAnnotations opened, const std::string& images) {
    take(std::move(opened), images);
  }
};

const char* name_of(AnnotationForm form) {
  switch (form) {
    case AnnotationForm::videos:
      return "YouTube-VIS";
    case AnnotationForm::frames:
      return kCocoFrames;
    case AnnotationForm::pictures:
      return kCocoPictures;
  }
  return "";
}

OpenDataset open_file(const std::string& path, const std::string& images) {
  const std::string given = images.empty() ? std::string() : find_data(images);
  OpenedAnnotations opened = open_annotations(path, std::nullopt, given);
  OpenDataset open;
  open.form = name_of(opened.form);
  try {
    open.images = given.empty() ? probe_images(path, opened.file) : given;
  } catch (const InputError& error) {
    open.images_problem = cat(error.problem(), "; ", error.advice());
  }
  open.file = opened.file;
  open.dataset = std::make_shared<LoadedDataset>(std::move(opened), open.images);
  return open;
}

/// Files of a labelling tool.
OpenDataset open_labels(LabelTool tool, const std::string& path, const std::string& images) {
  struct Reader {
    LabelTool tool;
    const char* form;
    LabelledData (*read)(const LabelSource&);
  };
  static constexpr Reader kReaders[] = {
      {LabelTool::labelme, "labelme", read_labelme},
      {LabelTool::cvat, "CVAT", read_cvat},
      {LabelTool::label_studio, "Label Studio", read_label_studio},
      {LabelTool::yolo, "YOLO", read_yolo}};
  const Reader& reader = *std::find_if(std::begin(kReaders), std::end(kReaders),
                                       [&](const Reader& one) { return one.tool == tool; });
  LabelSource source;
  source.path = path;
  source.images = images.empty() ? images : find_data(images);
  LabelledData labels = reader.read(source);
  for (const std::string& remark : labels.remarks) log_info(path, ": ", remark);
  OpenedAnnotations opened;
  opened.form = AnnotationForm::videos;
  opened.file = labels.file;
  opened.faults = std::move(labels.faults);
  OpenDataset open;
  open.form = reader.form;
  open.images = labels.images;
  open.file = std::move(labels.file);
  open.dataset = std::make_shared<LoadedDataset>(std::move(opened), open.images);
  return open;
}

/// The data set that a config names, of whatever plugin.
OpenDataset open_config(const std::string& name, const std::vector<Override>& changes) {
  SplitData data = open_split(load_config(name, changes));
  OpenDataset open;
  open.form = std::move(data.name);
  open.dataset = std::move(data.dataset);
  open.images = "as the config says";
  return open;
}

OpenDataset open_component(const std::string& form, const std::string& name, const fs::path& path) {
  Value table = Value::table();
  table.set("path", path.string());
  OpenDataset open;
  open.form = form;
  open.dataset = make_component<Dataset>(name, table);
  open.images = path.string();
  return open;
}

}  // namespace

const std::vector<DatasetLayout>& dataset_layouts() {
  static const std::vector<DatasetLayout> all = {
      {"youtube_vis 2019",
       {{"train.json", "annotations; valid.json and test.json have none"},
        {"train/JPEGImages/VIDEO/00000.jpg", "pictures, as in `file_names`"}}},
      {"youtube_vis 2021, 2022",
       {{"train/instances.json", "annotations"},
        {"train/JPEGImages/VIDEO/00000.jpg", "pictures"},
        {"valid/instances.json", "videos only"}}},
      {"ovis",
       {{"annotations_train.json", "annotations; or annotations/train.json"},
        {"train/VIDEO/img_0000001.jpg", "pictures"}}},
      {"coco",
       {{"annotations/instances_train2017.json", "annotations"},
        {"train2017/000000000009.jpg", "pictures"}}},
      {"davis",
       {{"JPEGImages/480p/SEQUENCE/00000.jpg", "pictures"},
        {"Annotations/480p/SEQUENCE/00000.png", "masks: palette PNG"},
        {"ImageSets/2017/train.txt", "names of sequences"}}},
      {"video", {{"NAME.mp4", "a video, or a folder of pictures"}}},
  };
  return all;
}

std::vector<fs::path> annotation_files(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (const char* part : {"train", "valid", "val", "test", "train2017", "val2017", ""}) {
    for (const fs::path& file : known_annotations(folder, part)) {
      const fs::path path = file.lexically_normal();
      if (fs::is_regular_file(path, failed) &&
          std::find(found.begin(), found.end(), path) == found.end()) {
        found.push_back(path);
      }
    }
  }
  return found;
}

OpenDataset open_dataset(const std::string& name, const std::string& images,
                         const std::vector<Override>& changes) {
  if (name.ends_with(".toml") || name.starts_with("clipwork:")) return open_config(name, changes);
  const std::string path = find_data(name);
  if (!fs::is_directory(path)) {
    if (const auto tool = label_tool_of(path)) return open_labels(*tool, path, images);
    return fs::path(path).extension() == ".json" ? open_file(path, images)
                                                 : open_component("a video", "video", path);
  }
  if (fs::is_directory(fs::path(path) / "Annotations")) {
    return open_component("DAVIS", "davis", path);
  }
  const std::vector<fs::path> files = annotation_files(path);
  if (files.size() == 1) return open_file(files[0].string(), images);
  if (files.empty()) {
    if (const auto tool = label_tool_of(path)) return open_labels(*tool, path, images);
    return open_component("videos", "video", path);
  }
  const std::string all = join(files, [](const fs::path& file) { return file.string(); });
  throw InputError("has several annotation files", path, cat("use one of them: ", all));
}

void check_not_emptied(const AnnotationFile& file, bool annotated,
                       const std::vector<DatasetFault>& faults, const std::string& path) {
  const bool no_tracks = annotated && file.annotations.empty() && !faults.empty();
  if (!file.videos.empty() && !no_tracks) return;
  const std::string first = faults.empty()
                                ? std::string()
                                : cat(", because of ", counted(count_of(faults), "fault"),
                                      " (the first: ", faults.front().text(), ")");
  throw InputError(cat("contains no ", file.videos.empty() ? "videos" : "annotations",
                       first.empty() ? "" : " that can be used", first),
                   path);
}

}  // namespace clipwork::runs
