// clipwork dataset make synthetic

#include <clipwork/data/annotation_file.h>
#include <clipwork/error.h>
#include <clipwork/host/progress.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/sink.h>
#include <clipwork/text.h>

#include <filesystem>
#include <iostream>

#include "cli/options.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

/// The pictures of a video as a folder of `pictures`, and their names there.
std::vector<std::string> write_pictures(const Dataset& dataset, int64_t index,
                                        const fs::path& pictures, const std::string& form) {
  const VideoEntry& video = dataset.videos()[static_cast<size_t>(index)];
  Value parameters = Value::table();
  parameters.set("path", (pictures / video.name).string());
  parameters.set("form", form);
  const auto sink = make_component<Sink>("images", parameters);
  std::vector<std::string> names;
  for (int64_t t = 0; t < video.length; ++t) {
    sink->write(dataset.frame(index, t).pixels, static_cast<double>(t));
    names.push_back(cat(video.name, "/", padded(t, 5), ".", form));
  }
  sink->finish(static_cast<double>(video.length));
  return names;
}

int run(const std::vector<std::string>& arguments) {
  std::string profile, split, out, form = "png";
  int64_t scale = 1, videos = 0;
  Options options("clipwork dataset make synthetic",
                  "Writes the synthetic data set in YouTube-VIS format: OUT/SPLIT.json and "
                  "OUT/SPLIT/JPEGImages.\n"
                  "Its frames and masks are the same on every machine.");
  options.option("profile", "P", &profile, "ytvis_like, ovis_like, crossing_like or long_like")
      .required()
      .option("split", "S", &split, "train or val")
      .required()
      .option("out", "OUT", &out, "a folder")
      .required()
      .option("scale", "N", &scale, "scale of the frames relative to 96x160")
      .option("videos", "N", &videos, "only the first N videos")
      .option("pictures", "FORM", &form, "png (default, lossless) or jpg")
      .plugins()
      .example("clipwork dataset make synthetic --profile ytvis_like --split val --out synthetic",
               "writes 200 short videos")
      .example(
          "clipwork dataset make synthetic --profile ovis_like --split val --out big --scale 4 "
          "--videos 2",
          "writes two large, crowded videos for viewing");
  if (!options.parse(arguments)) return 0;
  if (form != "png" && form != "jpg")
    throw InputError(cat("--pictures: expected png or jpg, found ", form));
  const fs::path root = out, annotations = root / (split + ".json");
  const fs::path pictures = root / split / "JPEGImages";
  Registry::instance().load_search_path(options.plugin_folders());
  Value parameters = Value::table();
  parameters.set("profile", profile);
  parameters.set("split", split);
  parameters.set("scale", scale);
  parameters.set("videos", videos);
  const auto dataset = make_component<Dataset>("synthetic", parameters);
  for (const fs::path& path : {annotations, pictures}) {
    if (fs::exists(path)) throw InputError("already exists", path.string());
  }
  fs::create_directories(pictures);

  AnnotationFile file = to_annotations(*dataset);
  Progress progress("videos", static_cast<int64_t>(file.videos.size()));
  for (size_t i = 0; i < file.videos.size(); ++i) {
    file.videos[i].files = write_pictures(*dataset, static_cast<int64_t>(i), pictures, form);
    progress.advance();
  }
  progress.finish();
  write_annotations(annotations, file);
  std::cout << annotations.string() << ": " << file.videos.size() << " videos, "
            << file.annotations.size() << " tracks\n";
  return 0;
}

}  // namespace

const Verb kDatasetMakeSynthetic = {"synthetic", "draws the synthetic benchmark", run};

}  // namespace clipwork::cli
