// clipwork dataset make

#include <clipwork/error.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/sink.h>

#include <filesystem>
#include <iostream>

#include "cli/options.h"
#include "show/shapes.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

constexpr Size kSize = {360, 640};
constexpr double kRate = 25;

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0] == "synthetic") {
    return kDatasetMakeSynthetic.run({arguments.begin() + 1, arguments.end()});
  }
  std::string file;
  int64_t frames = 75;
  bool overwrite = false;
  Options options("clipwork dataset make",
                  "Generates a video of shapes that move, cross and occlude each other: 640x360, "
                  "25 frames per second.\n"
                  "The same --seed gives the same video. For a benchmark with masks, see\n"
                  "`clipwork dataset make synthetic --help`.");
  options.option("shapes", "FILE.mp4", &file, "the video to write")
      .required()
      .option("frames", "N", &frames, "number of frames (default: 75)")
      .flag("overwrite", &overwrite, "replace an existing file")
      .plugins()
      .example("clipwork dataset make --shapes shapes.mp4", "generates three seconds")
      .example("clipwork dataset make --shapes long.mp4 --frames 500 --seed 7",
               "generates other shapes, for twenty seconds");
  if (!options.parse(arguments)) return 0;
  if (frames < 1 || frames > 1'000'000) {
    throw InputError(cat("--frames: expected 1 to 1000000, found ", frames));
  }
  if (!overwrite && std::filesystem::exists(file)) {
    throw InputError("already exists", file, "choose another name, or use --overwrite");
  }
  if (const auto folder = std::filesystem::path(file).parent_path(); !folder.empty()) {
    std::filesystem::create_directories(folder);
  }
  Registry::instance().load_search_path(options.plugin_folders());
  Value parameters = Value::table();
  parameters.set("file", file);
  parameters.set("rate", kRate);
  const auto sink = make_component<Sink>("video", parameters);
  const runs::MovingShapes shapes(kSize, frames, static_cast<uint64_t>(options.seed().value_or(1)));
  for (int64_t frame = 0; frame < frames; ++frame) {
    sink->write(shapes.picture(frame), static_cast<double>(frame) / kRate);
  }
  sink->finish(static_cast<double>(frames) / kRate);
  std::cout << file << ": " << frames << " frames\n";
  return 0;
}

}  // namespace

const Verb kDatasetMake = {"make", "generates a video of moving shapes, or the synthetic benchmark",
                           run};

}  // namespace clipwork::cli
