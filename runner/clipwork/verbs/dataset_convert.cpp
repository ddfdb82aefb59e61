// clipwork dataset convert

#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/host/registry.h>
#include <clipwork/suggestion.h>

#include <iostream>

#include "cli/options.h"
#include "data/dataset_open.h"
#include "data/mots.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

int run(const std::vector<std::string>& arguments) {
  std::string path, from, to = "youtube_vis", out;
  Options options("clipwork dataset convert",
                  "Converts a data set to another format: youtube_vis (also OVIS), coco (pictures "
                  "with video ids\n"
                  "and track ids), davis, mots_text, mots_png.");
  options.argument("PATH", &path, "an annotation file, or a folder")
      .option("from", "FORM", &from, "its format; youtube_vis, coco and davis are detected")
      .option("to", "FORM", &to, "youtube_vis (default), davis, mots_text or mots_png")
      .option("out", "OUT", &out, "a .json file for youtube_vis, otherwise a folder")
      .required()
      .example("clipwork dataset convert DAVIS --out davis.json",
               "converts masks in folders to run lengths")
      .example("clipwork dataset convert train.json --to mots_text --out mots",
               "writes one text file per video");
  if (!options.parse(arguments)) return 0;
  const std::vector<std::string> sources = {"",      "youtube_vis", "coco",
                                            "davis", "mots_text",   "mots_png"},
                                 targets = {"youtube_vis", "davis", "mots_text", "mots_png"};
  auto check = [](const char* option, const std::string& word,
                  const std::vector<std::string>& choices) {
    for (const std::string& choice : choices) {
      if (word == choice) return;
    }
    throw InputError(cat(option, ": unknown format '", word, "'"), {},
                     did_you_mean(word, choices, "see clipwork dataset convert --help"));
  };
  check("--from", from, sources);
  check("--to", to, targets);

  Registry::instance().load_search_path();
  std::vector<DatasetFault> faults;
  AnnotationFile file;
  const std::string found = find_data(path);
  if (from == "mots_text") {
    file = runs::read_mots_text(found, faults);
    mend(file, faults);
  } else if (from == "mots_png") {
    file = runs::read_mots_pictures(found, faults);
    mend(file, faults);
  } else {
    runs::OpenDataset open = runs::open_dataset(path, "");
    faults = open.dataset->faults();
    file = open.file ? std::move(*open.file) : to_annotations(*open.dataset);
  }
  if (file.videos.empty()) throw InputError("contains no videos", found);
  for (const DatasetFault& fault : faults) {
    log_warn(fault.where, ": ", fault.problem, "; ", fault.mended);
  }
  runs::Remarks remarks;
  if (to == "youtube_vis") {
    if (fs::is_directory(out)) throw InputError("is a folder", out, "use a file name: OUT.json");
    write_annotations(out, file);
  } else {
    fs::create_directories(out);
    remarks = to == "davis"       ? runs::write_davis(out, file)
              : to == "mots_text" ? runs::write_mots_text(out, file)
                                  : runs::write_mots_pictures(out, file);
  }
  std::cout << out << ": " << file.videos.size() << " videos, " << file.annotations.size()
            << " tracks\n";
  for (const std::string& remark : remarks) std::cout << "  " << remark << "\n";
  return 0;
}

}  // namespace

const Verb kDatasetConvert = {"convert", "converts it to another format", run};

}  // namespace clipwork::cli
