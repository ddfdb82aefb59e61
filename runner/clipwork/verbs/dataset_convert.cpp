// clipwork dataset convert

#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/host/registry.h>

#include <iostream>

#include "cli/options.h"
#include "data/dataset_open.h"
#include "data/mots.h"
#include "verbs/dataset.h"

namespace clipwork::cli {
namespace fs = std::filesystem;

int dataset_convert(const std::vector<std::string>& arguments) {
  std::string path, from, to = "youtube_vis", out;
  Options options("clipwork dataset convert",
                  "Writes a data set in another form. Forms: youtube_vis (also OVIS), coco "
                  "(pictures with video ids\nand track ids), davis, mots_text, mots_png.");
  options.argument("PATH", &path, "an annotation file, or a folder")
      .option("from", "FORM", &from, "its form; youtube_vis, coco and davis are recognised")
      .option("to", "FORM", &to, "youtube_vis (if not given), davis, mots_text or mots_png")
      .option("out", "OUT", &out, "a .json file for youtube_vis, else a folder")
      .required()
      .example("clipwork dataset convert DAVIS --out davis.json", "masks of folders as run lengths")
      .example("clipwork dataset convert train.json --to mots_text --out mots",
               "a text file a video");
  if (!options.parse(arguments)) return 0;
  const std::vector<std::string> sources = {"",      "youtube_vis", "coco",
                                            "davis", "mots_text",   "mots_png"},
                                 targets = {"youtube_vis", "davis", "mots_text", "mots_png"};
  auto check = [](const char* option, const std::string& word,
                  const std::vector<std::string>& choices) {
    for (const std::string& choice : choices) {
      if (word == choice) return;
    }
    const std::string near = nearest(word, choices);
    throw InputError(
        cat(option, " knows no form '", word, "'"), {},
        near.empty() ? "see clipwork dataset convert --help" : cat("did you mean '", near, "'?"));
  };
  check("--from", from, sources);
  check("--to", to, targets);

  Registry::instance().load_search_path();
  std::vector<DatasetFault> faults;
  AnnotationFile file;
  const std::string found = find_data(path);
  if (from == "mots_text") {
    file = read_mots_text(found, faults);
    mend(file, faults);
  } else if (from == "mots_png") {
    file = read_mots_pictures(found, faults);
    mend(file, faults);
  } else {
    OpenDataset open = open_dataset(path, "");
    faults = open.dataset->faults();
    file = open.file ? std::move(*open.file) : to_annotations(*open.dataset);
  }
  if (file.videos.empty()) throw InputError("holds no video", found);
  for (const DatasetFault& fault : faults) {
    log_warn(fault.where, ": ", fault.problem, "; ", fault.mended);
  }
  Remarks remarks;
  if (to == "youtube_vis") {
    if (fs::is_directory(out)) throw InputError("is a folder", out, "give a name: OUT.json");
    write_annotations(out, file);
  } else {
    fs::create_directories(out);
    remarks = to == "davis"       ? write_davis(out, file)
              : to == "mots_text" ? write_mots_text(out, file)
                                  : write_mots_pictures(out, file);
  }
  std::cout << out << ": " << file.videos.size() << " videos, " << file.annotations.size()
            << " tracks\n";
  for (const std::string& remark : remarks) std::cout << "  " << remark << "\n";
  return 0;
}

}  // namespace clipwork::cli
