// clipwork dataset check

#include <clipwork/data/data_paths.h>
#include <clipwork/data/fault_lines.h>
#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/host/registry.h>
#include <clipwork/text.h>

#include <cmath>
#include <iomanip>
#include <iostream>

#include "cli/options.h"
#include "data/dataset_open.h"
#include "data/dataset_source.h"
#include "data/dataset_statistics.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

/// Pictures that are missing, lead out of their folder, or (`decode`) cannot be read.
void check_pictures(const runs::OpenDataset& open, bool decode, std::vector<DatasetFault>& faults) {
  // No picture can be looked for where faults leave no video.
  if (open.dataset->videos().empty()) return;
  if (open.images.empty()) {
    faults.push_back({"pictures", open.images_problem, "no frames can be read"});
    return;
  }
  const Dataset& dataset = *open.dataset;
  for (size_t i = 0; i < dataset.videos().size(); ++i) {
    const VideoEntry& video = dataset.videos()[i];
    for (int64_t t = 0; t < (decode ? video.length : int64_t(video.files.size())); ++t) {
      const std::string where = cat(runs::called(video), ", frame ", t);
      try {
        if (decode) {
          dataset.frame(static_cast<int64_t>(i), t);
          continue;
        }
        const fs::path file = video.files[static_cast<size_t>(t)];
        std::error_code failed;
        if (open.file) check_link(open.images, file);
        if (!fs::is_regular_file(file, failed)) {
          throw InputError("the picture does not exist", file.string());
        }
      } catch (const InputError& error) {
        // Behind a frame that is not there a video file has no other; pictures are files of their
        // own.
        const bool last = video.files.empty();
        faults.push_back({where,
                          cat(error.problem(), error.where().empty() ? "" : ": ", error.where()),
                          last ? cat("of ", video.length, " frames ", t, " can be read")
                               : std::string("the frame cannot be read")});
        if (last) break;
      }
    }
  }
}

/// With one digit where it is small.
std::string percent(double share) {
  const double value = 100 * share;
  return value < 10 ? cat(std::round(10 * value) / 10) : cat(std::lround(value));
}

void print(const std::string& path, const runs::OpenDataset& open,
           const runs::DatasetStatistics& all) {
  const Dataset& dataset = *open.dataset;
  auto row = [](const char* name, const auto&... values) {
    std::cout << "  " << std::left << std::setw(12) << name << cat(values...) << "\n";
  };
  row("form", open.form);
  if (open.form == runs::kCocoFrames) {
    row("", "`clipwork dataset convert ", path, " --out OUT.json` makes a YouTube-VIS file of it");
  }
  row("pictures", open.images.empty() ? "not found" : open.images);
  row("videos", all.videos, ", ", all.frames, " frames");
  if (!all.lengths.empty()) {
    row("lengths", all.lengths.front(), " to ", all.lengths.back(), ", half of them ",
        all.lengths[all.lengths.size() / 2], " or more");
  }
  row("sizes", all.sizes.size() > 4 ? cat(all.sizes.size(), " different")
                                    : join(all.sizes, [](const auto& size) {
                                        return cat(size.first, " (", size.second, ")");
                                      }));
  if (!dataset.annotated()) {
    row("annotations", "none: this file cannot be used for scoring");
    return;
  }
  row("tracks", all.tracks, ", ", all.masks, " masks, at most ", all.most_tracks, " in a video, ",
      all.crowds, " crowds");
  row("area", all.small, " small, ", all.medium, " medium, ", all.large,
      " large (limits 128 and 256 squared); a mask covers ", percent(all.share), " % of its frame");
  row("presence", all.leaving, " tracks are absent from some frames, ", all.returning,
      " leave and reappear; a track is visible in ", percent(all.presence), " % of its video");
  const std::string occlusion =
      join(all.occlusion, [](const auto& group) { return cat(group.first, " ", group.second); });
  row("occlusion", occlusion.empty() ? "not labelled" : occlusion);
  if (all.labelled > 0) {
    row("", all.occluded, " tracks are occluded at some time, ", all.severely, " severely");
  }
  row("motion", "a mask overlaps the same track's mask 1 frame later by ", percent(all.still[0]),
      " %, 4 frames later by ", percent(all.still[1]), " %, 8 frames later by ",
      percent(all.still[2]), " %");
  row("look-alikes", all.look_alike, " tracks share the video with another of their class");
  std::cout << "  classes\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (size_t i = 0; i < all.classes.size(); ++i) {
    const runs::ClassCounts& one = all.classes[i];
    if (one.tracks == 0) continue;
    const Category& category = dataset.categories()[i];
    rows.emplace_back(cat("  ", category.id, " ", category.name),
                      cat(one.tracks, " tracks in ", one.videos, " videos, ", one.masks, " masks"));
  }
  print_columns(rows);
  const auto unused = static_cast<int64_t>(all.classes.size() - rows.size());
  if (unused > 0)
    std::cout << "    " << unused << (unused == 1 ? " other class" : " other classes")
              << " without a track\n";
}

void print_json(const std::string& path, const runs::OpenDataset& open,
                const runs::DatasetStatistics& all, const std::vector<DatasetFault>& faults) {
  JsonWriter json;
  json.begin_object();
  json.member("path", path);
  json.member("form", open.form);
  json.member("images", open.images);
  json.member("annotated", open.dataset->annotated());
  json.member("videos", all.videos);
  json.member("frames", all.frames);
  json.member("tracks", all.tracks);
  json.member("masks", all.masks);
  json.member("crowds", all.crowds);
  json.member("small", all.small);
  json.member("medium", all.medium);
  json.member("large", all.large);
  json.member("leaving", all.leaving);
  json.member("returning", all.returning);
  json.member("look_alikes", all.look_alike);
  json.member("occluded", all.occluded);
  json.member("severely_occluded", all.severely);
  json.member("presence", all.presence);
  json.member("share", all.share);
  json.member("centre_way", all.centre_way);
  json.begin_object("overlap_after");
  for (size_t i = 0; i < all.still.size(); ++i) {
    json.member(std::to_string(runs::DatasetStatistics::kGaps[i]), all.still[i]);
  }
  json.end_object();
  json.begin_object("occlusion");
  for (const auto& [name, count] : all.occlusion) json.member(name, count);
  json.end_object();
  json.begin_array("classes");
  for (size_t i = 0; i < all.classes.size(); ++i) {
    json.begin_object();
    json.member("id", open.dataset->categories()[i].id);
    json.member("name", open.dataset->categories()[i].name);
    json.member("videos", all.classes[i].videos);
    json.member("tracks", all.classes[i].tracks);
    json.member("masks", all.classes[i].masks);
    json.end_object();
  }
  json.end_array();
  json.begin_array("faults");
  for (const DatasetFault& fault : faults) {
    json.begin_object();
    json.member("where", fault.where);
    json.member("problem", fault.problem);
    json.member("mended", fault.mended);
    json.member("count", fault.count);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  std::cout << json.take() << "\n";
}

int run(const std::vector<std::string>& arguments) {
  std::string path, images, fix;
  bool decode = false, as_json = false;
  Options options(
      "clipwork dataset check",
      "Reads a whole data set, and reports statistics and all faults by video and annotation.\n"
      "Exit code 3 if there are faults.");
  options
      .argument("PATH", &path,
                "an annotation file, or a folder with one, or a DAVIS folder; or a config, for the "
                "data set of its [data.eval]")
      .option("images", "DIR", &images,
              "the folder of the pictures (default: search the known layouts)")
      .option("fix", "OUT.json", &fix, "write a repaired copy in YouTube-VIS format")
      .flag("decode", &decode, "also decode every picture")
      .plugins()
      .flag("json", &as_json, "print JSON")
      .example("clipwork dataset check ytvis_2019/train.json", "reads all annotations")
      .example("clipwork dataset check mine.json --images frames --fix mended.json",
               "writes a repaired copy")
      .example("clipwork dataset check mine.toml --plugin-path build",
               "checks a data set of your own plugin");
  if (!options.parse(arguments)) return 0;

  Registry::instance().load_search_path(options.plugin_folders());
  const runs::OpenDataset open = runs::open_dataset(path, images, options.overrides());
  if (!fix.empty() && (!open.file || open.form == runs::kCocoPictures)) {
    throw InputError(cat("has the format ", open.form, ", which cannot be written"), path,
                     "--fix repairs only files with videos; see `clipwork dataset convert`");
  }
  std::error_code failed;
  if (!fix.empty() && fs::equivalent(fix, find_data(path), failed)) {
    throw InputError("is the input file", fix, "choose another name for the repaired copy");
  }
  std::vector<DatasetFault> unreadable;
  const runs::DatasetStatistics statistics = runs::measure_dataset(*open.dataset, unreadable);
  // Some faults are found when the objects are read.
  std::vector<DatasetFault> faults = open.dataset->faults();
  faults.insert(faults.end(), unreadable.begin(), unreadable.end());
  check_pictures(open, decode, faults);
  // An empty data set could not be read again.
  const bool repairable = open.file && !open.file->videos.empty();
  if (!fix.empty() && repairable) write_annotations(fix, *open.file);

  if (as_json) {
    print_json(path, open, statistics, faults);
  } else {
    std::cout << path << "\n";
    print(path, open, statistics);
    for (const std::string& line : fault_lines(faults)) std::cout << "fault: " << line << "\n";
    std::cout << (faults.empty() ? std::string("no faults") : counted(count_of(faults), "fault"))
              << "\n";
    if (!fix.empty() && repairable) std::cout << "wrote a repaired copy to " << fix << "\n";
  }
  if (!fix.empty() && !repairable) {
    throw InputError("no repaired copy was written: none of its videos can be used", path);
  }
  return faults.empty() ? 0 : static_cast<int>(ExitCode::check_failed);
}

}  // namespace

const Verb kDatasetCheck = {"check", "reports statistics and faults of a data set", run};

}  // namespace clipwork::cli
