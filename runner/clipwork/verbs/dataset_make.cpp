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
  Options options(
      "clipwork dataset make",
      "Draws a video of shapes that move, cross and hide each other: 640x360, 25 frames "
      "a second.\nThe same --seed gives the same video. `clipwork dataset make synthetic --help` "
      "has "
      "another use:\na benchmark, with masks.");
  options.option("shapes", "FILE.mp4", &file, "the video to write")
      .required()
      .option("frames", "N", &frames, "its frames; 75 if not given")
      .flag("overwrite", &overwrite, "replace a file of that name")
      .example("clipwork dataset make --shapes shapes.mp4", "draws three seconds")
      .example("clipwork dataset make --shapes long.mp4 --frames 500 --seed 7",
               "draws other shapes, for twenty seconds");
  if (!options.parse(arguments)) return 0;
  if (frames < 1 || frames > 1'000'000) {
    throw InputError(cat("--frames takes 1 to 1000000, not ", frames));
  }
  if (!overwrite && std::filesystem::exists(file)) {
    throw InputError("is there already", file, "give another name, or --overwrite");
  }
  Registry::instance().load_search_path();
  Value parameters = Value::table();
  parameters.set("file", file);
  parameters.set("rate", kRate);
  const auto sink = make_component<Sink>("video", parameters);
  const runs::MovingShapes shapes(kSize, frames, static_cast<uint64_t>(options.seed().value_or(1)));
  for (int64_t frame = 0; frame < frames; ++frame) sink->write(shapes.picture(frame));
  sink->finish();
  std::cout << file << ": " << frames << " frames\n";
  return 0;
}

}  // namespace

const Verb kDatasetMake = {"make", "draws a video of moving shapes, or the synthetic benchmark",
                           run};

}  // namespace clipwork::cli
