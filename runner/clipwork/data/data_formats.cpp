#include "data/data_formats.h"

#include <clipwork/error.h>

#include <algorithm>
#include <filesystem>

#include "data/dataset_open.h"
#include "data/mots.h"
#include "data/results_data.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

using Texts = std::vector<std::string>;

LabelledData read_data_set(const DataSource& source) {
  const std::string path = source.labels.path.string();
  OpenDataset open = open_dataset(path, source.labels.images);
  if (!open.file && !open.dataset->annotated() && open.form != "DAVIS") {
    const std::string labels = fs::is_directory(path) ? label_files_in(path) : "";
    throw InputError(
        cat("has no masks to convert",
            labels.empty() ? "" : cat("; it holds ", labels, ", which cannot be read")),
        path, "see clipwork dataset convert --help for the formats that are read");
  }
  LabelledData data;
  data.faults = open.dataset->faults();
  data.images = open.images;
  if (open.form == "DAVIS") data.images = (fs::path(path) / "JPEGImages" / "480p").string();
  data.file = open.file ? std::move(*open.file) : to_annotations(*open.dataset);
  // Masks that cannot be read leave a data set of folders without annotations.
  data.annotated = !open.file || data.file.annotated;
  return data;
}

template <AnnotationFile (*read)(const fs::path&, const std::string&, std::vector<DatasetFault>&)>
LabelledData read_mots(const DataSource& source) {
  LabelledData data;
  data.file = read(source.labels.path, source.labels.images, data.faults);
  mend(data.file, data.faults);
  return data;
}

template <LabelledData (*read)(const LabelSource&)>
LabelledData read_labels(const DataSource& source) {
  return read(source.labels);
}

LabelledData read_results_of(const DataSource& source) {
  return read_result_data(
      {source.labels.path, source.data, source.labels.images, source.min_score});
}

Texts write_youtube_vis(const LabelOutput& output, const AnnotationFile& file) {
  write_annotations(output.path, file);
  return {};
}

Texts write_coco_file(const LabelOutput& output, const AnnotationFile& file) {
  return write_coco(output.path, file);
}

template <Remarks (*write)(const fs::path&, const AnnotationFile&)>
Texts write_folder(const LabelOutput& output, const AnnotationFile& file) {
  fs::create_directories(output.path);
  return write(output.path, file);
}

}  // namespace

const std::vector<DataFormat>& data_formats() {
  static const std::vector<DataFormat> formats = {
      {"youtube_vis", "OUT.json: YouTube-VIS, OVIS", read_data_set, write_youtube_vis, true},
      {"coco", "OUT.json: images, with video ids and track ids", read_data_set, write_coco_file,
       true},
      {"davis", "folders of palette PNG: DAVIS, YouTube-VOS", read_data_set,
       write_folder<write_davis>},
      {"mots_text", "SEQUENCE.txt: MOTS, KITTI MOTS", read_mots<read_mots_text>,
       write_folder<write_mots_text>},
      {"mots_png", "folders of 16-bit PNG: MOTS, KITTI MOTS", read_mots<read_mots_pictures>,
       write_folder<write_mots_pictures>},
      {"labelme", "PICTURE.json beside each picture: labelme, X-AnyLabeling",
       read_labels<read_labelme>, write_labelme},
      {"cvat", "VIDEO.xml: CVAT for video 1.1, CVAT for images 1.1", read_labels<read_cvat>,
       write_cvat},
      {"yolo", "labels/PICTURE.txt and data.yaml: polygons of YOLO", read_labels<read_yolo>,
       write_yolo},
      {"label_studio", "export \"JSON\" of Label Studio", read_labels<read_label_studio>, nullptr},
      {"results", "results.json of clipwork run and eval, or their folder", read_results_of,
       nullptr},
  };
  return formats;
}

const DataFormat& format_of(const std::string& path) {
  const auto named = [](std::string_view name) -> const DataFormat& {
    return *std::find_if(data_formats().begin(), data_formats().end(),
                         [&](const DataFormat& format) { return format.name == name; });
  };
  if (holds_results(path)) return named("results");
  // A known annotation file goes first: a data set may hold the labels that it was made of.
  if (fs::is_directory(path) && !annotation_files(path).empty()) return named("youtube_vis");
  if (const std::optional<LabelTool> tool = label_tool_of(path)) {
    switch (*tool) {
      case LabelTool::labelme:
        return named("labelme");
      case LabelTool::cvat:
        return named("cvat");
      case LabelTool::label_studio:
        return named("label_studio");
      case LabelTool::yolo:
        return named("yolo");
    }
  }
  return named("youtube_vis");
}

std::string format_table() {
  size_t width = 0;
  for (const DataFormat& format : data_formats()) {
    width = std::max(width, std::string_view(format.name).size());
  }
  const auto cell = [](std::string_view text, size_t width) {
    return std::string(text) + std::string(width + 2 - std::min(width + 2, text.size()), ' ');
  };
  std::string table = cat("  ", cell("format", width), "reads  writes  files\n");
  for (const DataFormat& format : data_formats()) {
    table += cat("  ", cell(format.name, width), cell(format.read ? "yes" : "-", 5),
                 cell(format.write ? "yes" : "-", 6), format.files, "\n");
  }
  return table;
}

}  // namespace clipwork::runs
