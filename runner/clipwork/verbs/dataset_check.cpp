// clipwork dataset check

#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>
#include <clipwork/host/registry.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <map>

#include "cli/json.h"
#include "cli/options.h"
#include "data/dataset_open.h"
#include "data/dataset_statistics.h"
#include "verbs/dataset.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

/// Pictures that are missing, lead out of their folder, or (`decode`) cannot be read.
void check_pictures(const OpenDataset& open, bool decode, std::vector<DatasetFault>& faults) {
  if (open.images.empty()) {
    faults.push_back({"pictures", open.images_problem, "no frame can be read"});
    return;
  }
  const Dataset& dataset = *open.dataset;
  for (size_t i = 0; i < dataset.videos().size(); ++i) {
    const VideoEntry& video = dataset.videos()[i];
    for (int64_t t = 0; t < (decode ? video.length : int64_t(video.files.size())); ++t) {
      const std::string where = cat("video ", video.id, " (", video.name, "), frame ", t);
      try {
        if (decode) {
          dataset.frame(static_cast<int64_t>(i), t);
          continue;
        }
        const fs::path file = video.files[static_cast<size_t>(t)];
        std::error_code failed;
        if (open.file) check_link(open.images, file);
        if (!fs::is_regular_file(file, failed)) {
          throw InputError("the picture is not there", file.string());
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

void print(const OpenDataset& open, const DatasetStatistics& all) {
  const Dataset& dataset = *open.dataset;
  auto row = [](const char* name, const auto&... values) {
    std::cout << "  " << std::left << std::setw(12) << name << cat(values...) << "\n";
  };
  row("form", open.form);
  row("pictures", open.images.empty() ? "not found" : open.images);
  row("videos", all.videos, ", ", all.frames, " frames");
  if (!all.lengths.empty()) {
    row("lengths", all.lengths.front(), " to ", all.lengths.back(), ", half of them ",
        all.lengths[all.lengths.size() / 2], " or more");
  }
  std::string sizes;
  for (const auto& [size, count] : all.sizes) {
    if (all.sizes.size() <= 4) sizes += cat(sizes.empty() ? "" : ", ", size, " (", count, ")");
  }
  row("sizes", sizes.empty() ? cat(all.sizes.size(), " different") : sizes);
  if (!dataset.annotated()) {
    row("annotations", "none: no score can be had from this file");
    return;
  }
  row("tracks", all.tracks, ", ", all.masks, " masks, at most ", all.most_tracks, " in a video, ",
      all.crowds, " crowds");
  row("area", all.small, " small, ", all.medium, " medium, ", all.large,
      " large (limits 128 and 256 squared); a mask covers ", percent(all.share), " % of its frame");
  row("presence", all.leaving, " tracks are not there in every frame, ", all.returning,
      " leave and come back; a track is there in ", percent(all.presence), " % of its video");
  std::string occlusion;
  for (const auto& [name, count] : all.occlusion) {
    occlusion += cat(occlusion.empty() ? "" : ", ", name, " ", count);
  }
  row("occlusion", occlusion.empty() ? "not labelled" : occlusion);
  if (all.labelled > 0) {
    row("", all.occluded, " tracks are occluded at some time, ", all.severely, " severely");
  }
  row("motion", "a mask overlaps the track's next by ", percent(all.still[0]),
      " %, that 4 frames later by ", percent(all.still[1]), " %, 8 frames later by ",
      percent(all.still[2]), " %");
  row("look-alikes", all.look_alike, " tracks have another of their class in the video");
  std::cout << "  classes\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (size_t i = 0; i < all.classes.size(); ++i) {
    const ClassCounts& one = all.classes[i];
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

void print_json(const std::string& path, const OpenDataset& open, const DatasetStatistics& all,
                const std::vector<DatasetFault>& faults) {
  Json json;
  auto number = [&](const char* key, int64_t value) {
    json.Key(key);
    json.Int64(value);
  };
  auto text = [&](const char* key, const std::string& value) {
    json.Key(key);
    write(json, value);
  };
  json.StartObject();
  text("path", path);
  text("form", open.form);
  text("images", open.images);
  json.Key("annotated");
  json.Bool(open.dataset->annotated());
  number("videos", all.videos);
  number("frames", all.frames);
  number("tracks", all.tracks);
  number("masks", all.masks);
  number("crowds", all.crowds);
  number("small", all.small);
  number("medium", all.medium);
  number("large", all.large);
  number("leaving", all.leaving);
  number("returning", all.returning);
  number("look_alikes", all.look_alike);
  number("occluded", all.occluded);
  number("severely_occluded", all.severely);
  auto fraction = [&](const char* key, double value) {
    json.Key(key);
    json.Double(value);
  };
  fraction("presence", all.presence);
  fraction("share", all.share);
  fraction("centre_way", all.centre_way);
  json.Key("overlap_after");
  json.StartObject();
  for (size_t i = 0; i < all.still.size(); ++i) {
    fraction(std::to_string(DatasetStatistics::kGaps[i]).c_str(), all.still[i]);
  }
  json.EndObject();
  json.Key("occlusion");
  json.StartObject();
  for (const auto& [name, count] : all.occlusion) number(name.c_str(), count);
  json.EndObject();
  json.Key("classes");
  json.StartArray();
  for (size_t i = 0; i < all.classes.size(); ++i) {
    json.StartObject();
    number("id", open.dataset->categories()[i].id);
    text("name", open.dataset->categories()[i].name);
    number("videos", all.classes[i].videos);
    number("tracks", all.classes[i].tracks);
    number("masks", all.classes[i].masks);
    json.EndObject();
  }
  json.EndArray();
  json.Key("faults");
  json.StartArray();
  for (const DatasetFault& fault : faults) {
    json.StartObject();
    text("where", fault.where);
    text("problem", fault.problem);
    text("mended", fault.mended);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  std::cout << json.text() << "\n";
}

}  // namespace

int dataset_check(const std::vector<std::string>& arguments) {
  std::string path, images, fix;
  bool decode = false, as_json = false;
  Options options("clipwork dataset check",
                  "Reads a data set whole: counts what it holds and lists everything that is "
                  "wrong, by video\nand annotation. Ends with exit code 3 where there are faults.");
  options.argument("PATH", &path, "an annotation file, or a folder with one, or a DAVIS folder")
      .option("images", "DIR", &images, "the folder of the pictures; looked for if not given")
      .option("fix", "OUT.json", &fix, "write a repaired copy in YouTube-VIS form")
      .flag("decode", &decode, "decode every picture, too")
      .flag("json", &as_json, "print JSON")
      .example("clipwork dataset check ytvis_2019/train.json", "reads all annotations")
      .example("clipwork dataset check mine.json --images frames --fix mended.json",
               "writes a copy without the faults");
  if (!options.parse(arguments)) return 0;

  Registry::instance().load_search_path();
  const OpenDataset open = open_dataset(path, images);
  if (!fix.empty() && (!open.file || open.form == "COCO pictures")) {
    throw InputError(cat("is of the form ", open.form, ", which is not written"), path,
                     "--fix repairs files of videos; see `clipwork dataset convert`");
  }
  std::error_code failed;
  if (!fix.empty() && fs::equivalent(fix, find_data(path), failed)) {
    throw InputError("is the file that is read", fix, "give the repaired copy a name of its own");
  }
  std::vector<DatasetFault> faults = open.dataset->faults();
  const DatasetStatistics statistics = measure_dataset(*open.dataset, faults);
  check_pictures(open, decode, faults);
  if (!fix.empty()) write_annotations(fix, *open.file);

  if (as_json) {
    print_json(path, open, statistics, faults);
  } else {
    std::cout << path << "\n";
    print(open, statistics);
    for (const DatasetFault& fault : faults) {
      std::cout << "fault: " << fault.where << ": " << fault.problem << "; " << fault.mended
                << "\n";
    }
    std::cout << (faults.empty()       ? std::string("no faults")
                  : faults.size() == 1 ? std::string("1 fault")
                                       : cat(faults.size(), " faults"))
              << "\n";
    if (!fix.empty()) std::cout << "a repaired copy is in " << fix << "\n";
  }
  return faults.empty() ? 0 : static_cast<int>(ExitCode::check_failed);
}

}  // namespace clipwork::cli
