// clipwork dataset browse

#include <clipwork/data/fault_lines.h>
#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/progress.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/report.h>
#include <clipwork/host/sample_loader.h>
#include <clipwork/runs/shown_video.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <functional>
#include <iostream>

#include "cli/options.h"
#include "data/dataset_open.h"
#include "data/dataset_source.h"
#include "data/train_data.h"
#include "verbs/shown_sample.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kShown = 10;  // videos, if not told otherwise

struct Request {
  std::string source, images, out;
  std::vector<std::string> videos, forms;
  std::optional<int64_t> first;
  double rate = 10;
  bool augmented = false, overwrite = false;
};

/// Something to be shown, drawn when its turn comes.
struct Look {
  std::string folder;
  std::function<runs::ShownVideo()> video;
};

std::shared_ptr<const Dataset> open(const Request& request, const std::vector<Override>& changes) {
  runs::OpenDataset open = runs::open_dataset(request.source, request.images, changes);
  if (!open.images_problem.empty()) throw InputError(open.images_problem, request.source);
  return open.dataset;
}

/// Indices of the videos to show.
std::vector<int64_t> chosen(const Dataset& dataset, const Request& request) {
  const std::vector<VideoEntry>& videos = dataset.videos();
  std::vector<int64_t> indices;
  for (const std::string& wanted : request.videos) {
    const auto found = std::find_if(videos.begin(), videos.end(), [&](const VideoEntry& video) {
      return video.name == wanted || std::to_string(video.id) == wanted;
    });
    if (found == videos.end()) {
      std::vector<std::string> names;
      for (const VideoEntry& video : videos) names.push_back(video.name);
      throw InputError(cat("there is no video '", wanted, "'"), request.source,
                       did_you_mean(wanted, names, "--video expects a name or an id"));
    }
    indices.push_back(found - videos.begin());
  }
  if (!indices.empty()) return indices;
  const auto count = static_cast<int64_t>(videos.size());
  const int64_t first = request.first.value_or(kShown);
  for (int64_t i = 0; i < (first == 0 ? count : std::min(first, count)); ++i) indices.push_back(i);
  return indices;
}

OutputSection outputs(const std::vector<std::string>& forms) {
  OutputSection output;
  output.ids = output.overlay = output.report = false;
  for (const std::string& form : forms.empty() ? std::vector<std::string>{"report"} : forms) {
    if (form == "report") {
      output.report = output.overlay = true;
    } else if (form == "overlay") {
      output.overlay = true;
    } else if (form == "pictures") {
      output.pictures = true;
    } else {
      throw InputError(cat("--form: expected report, overlay or pictures, found '", form, "'"));
    }
  }
  return output;
}

/// The truth of a video, to be looked at.
runs::ShownVideo truth_of(const Dataset& dataset, int64_t index, double rate) {
  const VideoEntry& entry = dataset.videos()[static_cast<size_t>(index)];
  runs::ShownVideo shown;
  shown.title = entry.name;
  shown.frames = entry.length;
  shown.rate = rate;
  shown.frame = [&dataset, index](int64_t t) { return dataset.frame(index, t); };
  const VideoTracks tracks = dataset.tracks(index);
  for (size_t i = 0; i < tracks.size(); ++i) {
    const AnnotatedTrack& track = tracks[i];
    const std::string& name = dataset.categories()[static_cast<size_t>(track.category)].name;
    shown.tracks.push_back(
        {static_cast<int64_t>(i) + 1, name + (track.crowd ? " (crowd)" : ""), {}});
  }
  shown.mask = [tracks](int64_t track, int64_t t) {
    return tracks[static_cast<size_t>(track - 1)].masks.at(static_cast<size_t>(t));
  };
  shown.zoom = runs::readable_zoom(entry.size);
  shown.facts = {{"video", runs::called(entry)},
                 {"size", cat(entry.size.width, "x", entry.size.height)},
                 {"frames", cat(entry.length)}};
  if (!dataset.annotated()) shown.note = "no annotations";
  std::vector<DatasetFault> faults = dataset.faults();
  std::erase_if(faults, [name = runs::called(entry)](const DatasetFault& fault) {
    return !fault.where.starts_with(name);
  });
  shown.remarks = fault_lines(faults);
  return shown;
}

std::vector<Look> looks_at_videos(const Request& request, const std::vector<Override>& changes,
                                  int64_t& all) {
  const std::shared_ptr<const Dataset> dataset = open(request, changes);
  all = static_cast<int64_t>(dataset->videos().size());
  std::vector<Look> looks;
  for (const int64_t index : chosen(*dataset, request)) {
    const VideoEntry& entry = dataset->videos()[static_cast<size_t>(index)];
    Look& look = looks.emplace_back();
    look.folder = runs::folder_name(entry.id, entry.name);
    look.video = [dataset, index, rate = request.rate] { return truth_of(*dataset, index, rate); };
  }
  return looks;
}

/// The first samples that a training run with this seed would get.
std::vector<Look> looks_at_samples(const Request& request, const std::vector<Override>& changes,
                                   int64_t& all) {
  if (!request.videos.empty() || !request.images.empty()) {
    throw InputError("--video and --images select videos, not samples", "--augmented",
                     "use --seed for other samples, --first for more");
  }
  const Config config = load_config(request.source, changes);
  const std::shared_ptr<const Samples> samples = runs::open_samples(config);
  Faults faults;
  const auto run = read_parameters<RunSection>(config.find("run"), "run", faults);
  faults.raise();
  all = samples->size();
  SampleLoader::Options order;
  order.seed = static_cast<uint64_t>(run.seed);
  order.workers = 0;
  auto loader = std::make_shared<SampleLoader>(samples, order);
  std::vector<Look> looks;
  const int64_t first = request.first.value_or(kShown);
  for (int64_t i = 0; i < (first == 0 ? all : first); ++i) {
    Look& look = looks.emplace_back();
    look.folder = runs::folder_name(i, "sample");
    look.video = [loader, samples, i, rate = request.rate] {
      return shown_sample(loader->next().at(0), samples->categories(), i, rate);
    };
  }
  return looks;
}

int run(const std::vector<std::string>& arguments) {
  Request request;
  Options options(
      "clipwork dataset browse",
      "Draws the objects of a data set into its videos. Each video gets a folder with report.html "
      "(the video\n"
      "and a timeline per track), overlay.mp4 or pictures; index.html lists all of them.");
  options
      .argument("SOURCE", &request.source,
                "an annotation file, a folder with one, a DAVIS folder; or a config: its "
                "[data.eval], or [data.train] with --augmented")
      .option("out", "DIR", &request.out, "the output folder")
      .required()
      .flag("augmented", &request.augmented,
            "show samples of a config's [data.train] as in training, in the same order")
      .option("video", "NAME", &request.videos, "only this video, by name or id; repeatable")
      .option("first", "N", &request.first, "the first N videos or samples (default: 10; 0: all)")
      .option("form", "FORM", &request.forms, "report (default), overlay or pictures; repeatable")
      .option("rate", "R", &request.rate, "frames per second of the videos (default: 10)")
      .option("images", "DIR", &request.images,
              "the folder of the pictures (default: search the known layouts)")
      .plugins()
      .flag("overwrite", &request.overwrite, "replace the output of an earlier run in DIR")
      .example("clipwork dataset browse clipwork:novis/tiny.toml --out look --augmented --first 20",
               "shows clips as used in training: frames, sizes and objects after augmentation")
      .example("clipwork dataset browse ovis/annotations_train.json --out look --video 8a3f",
               "shows one video");
  if (!options.parse(arguments)) return 0;
  if (request.first && *request.first < 0) throw InputError("--first expects a number of videos");
  if (!(request.rate > 0 && request.rate <= 1000)) {
    throw InputError("--rate expects frames per second, more than 0 and at most 1000");
  }
  const OutputSection output = outputs(request.forms);
  Registry::instance().load_search_path(options.plugin_folders());
  int64_t all = 0;
  const std::vector<Look> looks = request.augmented
                                      ? looks_at_samples(request, options.overrides(), all)
                                      : looks_at_videos(request, options.overrides(), all);

  const fs::path root = request.out;
  if (!request.overwrite && fs::exists(root / "index.html")) {
    throw InputError("already exists", (root / "index.html").string(),
                     "choose another --out, or use --overwrite");
  }
  std::vector<ReportEntry> entries;
  Progress progress(request.augmented ? "samples" : "videos", static_cast<int64_t>(looks.size()));
  for (const Look& look : looks) {
    if (request.overwrite) runs::remove_shown(root / look.folder);
    const runs::ShownVideo video = look.video();
    const std::string poster = runs::show_video(root / look.folder, video, output);
    const char* page = output.report ? "report.html" : output.overlay ? "overlay.mp4" : "pictures/";
    entries.push_back({video.title, cat(look.folder, "/", page), poster,
                       cat(counted(video.frames, "frame"), ", ",
                           counted(static_cast<int64_t>(video.tracks.size()), "track"))});
    progress.advance();
  }
  progress.finish();
  write_report_index(root / "index.html", request.source, entries);
  std::cout << (root / "index.html").string() << ": "
            << (request.augmented ? cat(looks.size(), " samples; an epoch has ", all)
                                  : cat(looks.size(), " of ", all, " videos"))
            << "\n";
  return 0;
}

}  // namespace

const Verb kDatasetBrowse = {"browse", "draws the objects into the videos for viewing", run};

}  // namespace clipwork::cli
