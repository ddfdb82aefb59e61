// clipwork dataset convert

#include <clipwork/data/data_paths.h>
#include <clipwork/data/fault_lines.h>
#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/host/registry.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <iostream>

#include "cli/options.h"
#include "data/data_formats.h"
#include "data/dataset_open.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

/// The format that an option names. Throws InputError where it has no `part`, its reader or its
/// writer.
template <class Part>
const runs::DataFormat& named_format(const std::string& option, const std::string& name,
                                     Part runs::DataFormat::*part, const char* action) {
  std::vector<std::string> names;
  for (const runs::DataFormat& format : runs::data_formats()) {
    if (!(format.*part)) continue;
    if (format.name == name) return format;
    names.emplace_back(format.name);
  }
  throw InputError(cat(option, ": the format '", name, "' is not ", action), {},
                   did_you_mean(name, names, cat("expected one of ", join(names))));
}

std::vector<std::string> names_in(const std::string& list) {
  std::vector<std::string> names;
  for (size_t at = 0; !list.empty() && at <= list.size();) {
    const size_t comma = std::min(list.find(',', at), list.size());
    names.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return names;
}

/// Throws InputError where the output would change the input.
void check_output(const runs::DataFormat& format, const std::string& out, const std::string& path) {
  std::error_code failed;
  if (format.one_file && fs::is_directory(out, failed)) {
    throw InputError("is a folder", out, "use a file name: OUT.json");
  }
  if (fs::equivalent(out, path, failed)) {
    throw InputError("is the input", out, "choose another name for the output");
  }
}

int run(const std::vector<std::string>& arguments) {
  std::string path, from, to = "youtube_vis", out, classes;
  double score = 0.3;
  runs::DataSource source;
  LabelOutput output;
  Options options("clipwork dataset convert",
                  cat("Converts a data set, the files of a labelling tool, or the results of a "
                      "model to another format.\n\n",
                      runs::format_table(),
                      "\nPolygons are written along the borders of the pixels, so that masks are "
                      "the same when they are read\nagain; holes and parts are joined by slits "
                      "without width."));
  options.argument("PATH", &path, "a file or a folder")
      .option("from", "FORMAT", &from, "its format (default: detected)")
      .option("to", "FORMAT", &to, "the format of the output (default: youtube_vis)")
      .option("out", "OUT", &out,
              "a .json file for youtube_vis and coco, otherwise a folder; it is made")
      .required()
      .option("images", "DIR", &source.labels.images,
              "the folder of the pictures (default: where the labels are)")
      .option("classes", "A,B,...", &classes,
              "from label files: the classes in the order of their ids, which are 1, 2, ...")
      .flag("stills", &source.labels.stills,
            "from label files: each picture is a video of its own, whatever ids objects have")
      .option("data", "PATH", &source.data, "from results: their data set, which has the names")
      .option("min-score", "S", &score, "from results: leave out lower scores (default: 0.3)")
      .option("simplify", "PIXELS", &output.tolerance,
              "to polygons: leave out corners no further than this from a straight border")
      .flag("track-ids", &output.track_ids, "to yolo: end lines with the track id")
      .plugins()
      .example("clipwork dataset convert annotations.xml --images frames --out train.json",
               "makes a data set of what was labelled in CVAT")
      .example("clipwork dataset convert results --to cvat --out corrected",
               "writes the results of `clipwork run` for correction in CVAT")
      .example("clipwork dataset convert train.json --to mots_text --out mots",
               "writes one text file per video");
  if (!options.parse(arguments)) return 0;
  const runs::DataFormat& target = named_format("--to", to, &runs::DataFormat::write, "written");
  if (!from.empty()) named_format("--from", from, &runs::DataFormat::read, "read");
  if (!(output.tolerance >= 0)) throw InputError("--simplify: expected 0 or more");

  Registry::instance().load_search_path(options.plugin_folders());
  const std::string found = find_data(path);
  check_output(target, out, found);
  source.labels.path = found;
  source.labels.classes = names_in(classes);
  source.min_score = score;
  if (!source.labels.images.empty()) source.labels.images = find_data(source.labels.images);
  const runs::DataFormat& format =
      from.empty() ? runs::format_of(found)
                   : named_format("--from", from, &runs::DataFormat::read, "read");
  LabelledData data = format.read(source);
  for (const std::string& line : fault_lines(data.faults)) log_warn(line);
  runs::check_not_emptied(data.file, data.annotated, data.faults, found);

  output.path = out;
  output.images = data.images;
  const fs::path parent = fs::path(out).parent_path();
  if (!parent.empty()) fs::create_directories(parent);
  for (std::string& remark : target.write(output, data.file)) {
    data.remarks.push_back(std::move(remark));
  }
  std::cout << out << ": " << counted(static_cast<int64_t>(data.file.videos.size()), "video")
            << ", " << counted(static_cast<int64_t>(data.file.annotations.size()), "track")
            << ", from " << format.name << "\n";
  for (const std::string& remark : data.remarks) std::cout << "  " << remark << "\n";
  return 0;
}

}  // namespace

const Verb kDatasetConvert = {"convert", "converts it to another format, also of labelling tools",
                              run};

}  // namespace clipwork::cli
