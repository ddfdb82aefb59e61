// clipwork run

#include <clipwork/host/log.h>
#include <clipwork/runs/video_run.h>
#include <clipwork/text.h>

#include <charconv>
#include <cmath>
#include <iostream>
#include <sstream>

#include "cli/interrupt.h"
#include "cli/model_options.h"
#include "verbs/dataset_run_text.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

constexpr std::string_view kDataset = "dataset:";

/// The parsed command line; `video` describes the input, whatever it is.
struct Request {
  runs::VideoRunRequest video;
  std::optional<std::string> shard, fps, end, classes, min_score;
  bool draw = false, strict = false;
};

double positive(const std::string& text, const char* option) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number > 0) ||
      !std::isfinite(number)) {
    throw InputError(cat(option, ": expected a number above 0, found '", text, "'"));
  }
  return number;
}

/// False: help was asked for, and printed.
bool parse(Options& options, Request& request, const std::vector<std::string>& arguments) {
  options
      .option("input", "INPUT", &request.video.input,
              "a video, a picture, a folder of pictures, camera:N, - for JPEG, PNG or PNM pictures "
              "from standard input, or dataset:SPLIT of [data.eval]")
      .required()
      .option("out", "DIR", &request.video.out, "the output folder")
      .required()
      .option("start", "SECONDS", &request.video.start, "begin at this time of the input")
      .option("end", "SECONDS", &request.end, "end before this time of the input")
      .option("every", "N", &request.video.every, "read only every N-th frame")
      .option("max-frames", "N", &request.video.max_frames, "stop after N frames")
      .option("fps", "N", &request.fps,
              "frames per second of a folder of pictures or of standard input (default: 10)")
      .option("classes", "NAME,NAME", &request.classes, "keep only tracks of these classes")
      .option("min-score", "S", &request.min_score,
              "drop tracks with a lower score (tracks.min_score)")
      .option("stream", "FILE", &request.video.stream,
              "also write each frame's tracks as a line of JSON as soon as they are settled; - for "
              "standard output")
      .option("shard", "I/N", &request.shard,
              "with dataset:SPLIT: only the I-th of N parts (default: all missing videos)")
      .flag("draw", &request.draw,
            "with dataset:SPLIT: also write vis/VIDEO/ with overlay, ids, report")
      .flag("strict", &request.strict,
            "with dataset:SPLIT: treat faults of the data set, which are warnings otherwise, as "
            "errors")
      .flag("overwrite", &request.video.overwrite, "replace the results of an earlier run in DIR")
      .example("clipwork run clipwork:demo/novis.toml --input dog.mp4 --out results/dog",
               "runs the installed demo model, which knows ten drawn shapes")
      .example("clipwork run runs/a --input dog.mp4 --out results/dog",
               "runs the best weights of a training")
      .example(
          "ffmpeg -i rtsp://... -f image2pipe -c:v ppm - | clipwork run a.toml --input - "
          "--out live",
          "runs on a stream and draws it live")
      .example(
          "clipwork run a.toml --input dog.mp4 --out results/dog --start 60 --end 90 --every 2",
          "runs on half of the frames of half a minute")
      .example("clipwork run a.toml --input camera:0 --out live --stream - | jq .tracks",
               "hands every frame's tracks to another program")
      .example("clipwork run a.toml --input dataset:val --out results/val",
               "runs on a data set, and scores it if it has annotations; run it again to resume");
  if (!options.parse(arguments)) return false;
  if (request.video.max_frames < 0) throw InputError("--max-frames expects a positive number");
  if (request.video.every < 1) throw InputError("--every expects 1 or more");
  if (request.video.start < 0) throw InputError("--start expects 0 or more seconds");
  if (request.end) request.video.end = positive(*request.end, "--end");
  if (request.video.end && *request.video.end <= request.video.start) {
    throw InputError("--end must be after --start");
  }
  if (request.fps) request.video.fps = positive(*request.fps, "--fps");
  if (request.classes) {
    std::istringstream names(*request.classes);
    for (std::string name; std::getline(names, name, ',');) request.video.classes.push_back(name);
    if (request.video.classes.empty()) throw InputError("--classes expects names, as in dog,cat");
  }
  return true;
}

/// The change of the config that --min-score makes.
std::vector<Override> score_override(const Request& request) {
  if (!request.min_score) return {};
  return {Override(cat("tracks.min_score=", *request.min_score), "--min-score")};
}

/// The change of the config that makes `dataset:SPLIT` its split; none for "dataset:eval", the
/// config's own.
std::vector<Override> split_override(const std::string& input) {
  const std::string split = input.substr(kDataset.size());
  if (split.empty()) {
    throw InputError("'dataset:' has no split", "--input",
                     "use dataset:val, or dataset:eval for the split of the config");
  }
  if (split == "eval") return {};
  return {Override(cat("data.eval.split=", Value(split).toml()), "--input")};
}

ExitCode run_dataset(const Request& request, const ModelOptions& model, const Options& options) {
  const runs::VideoRunRequest& video = request.video;
  if (video.max_frames > 0 || video.start > 0 || video.end || video.every > 1 || video.fps ||
      !video.classes.empty() || !video.stream.empty()) {
    throw InputError(
        "--start, --end, --every, --max-frames, --fps, --classes and --stream cannot be used with "
        "a data set, which is scored on whole videos and all classes");
  }
  runs::DatasetRunRequest dataset;
  dataset.config = model.config();
  dataset.out = request.video.out;
  dataset.overwrite = request.video.overwrite;
  dataset.draw = request.draw;
  dataset.score.strict = request.strict;
  if (request.shard) dataset.shard = runs::Shard::parse(*request.shard);
  std::vector<Override> overrides = split_override(request.video.input);
  for (Override& one : score_override(request)) overrides.push_back(std::move(one));
  return run_and_print(dataset, model.load(options, std::move(overrides)));
}

ExitCode run_video(const Request& request, const ModelOptions& model, const Options& options) {
  if (request.shard || request.draw || request.strict) {
    throw InputError(cat(request.shard  ? "--shard"
                         : request.draw ? "--draw"
                                        : "--strict",
                         " requires --input dataset:SPLIT"));
  }
  runs::VideoRun run(request.video, model.load(options, score_override(request)));
  const Interrupt interrupt;
  const runs::VideoRunReport report = run.run(Interrupt::requested);
  const std::string done = cat(report.folder.string(), ": ", counted(report.frames, "frame"),
                               report.incomplete.empty() ? "" : ", incomplete",
                               report.note.empty() ? "" : cat("; ", report.note));
  if (request.video.stream == "-") {
    log_info(done);
  } else {
    std::cout << done << "\n";
  }
  if (report.failure) return ExitCode::failed;
  return report.interrupted ? ExitCode::interrupted : ExitCode::done;
}

int run(const std::vector<std::string>& arguments) {
  Options options("clipwork run",
                  "Detects, segments and tracks the objects in a video, or in all videos of a data "
                  "set.\nWrites results.json, ids/NNNNNN.png, overlay.mp4, report.html, "
                  "config.toml, stats.json and run.json to DIR;\nfor a data set results.json, "
                  "submission.zip and the scores: see `clipwork eval --help`.");
  ModelOptions model(options, true);
  Request request;
  if (!parse(options, request, arguments)) return 0;
  request.video.config = model.config();
  const bool dataset = request.video.input.starts_with(kDataset);
  return static_cast<int>((dataset ? run_dataset : run_video)(request, model, options));
}

}  // namespace

const Verb kRun = {"run", "detects, segments and tracks the objects in a video", run};

}  // namespace clipwork::cli
