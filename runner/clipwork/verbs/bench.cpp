// clipwork bench CONFIG: what a frame costs, in units of a yardstick that is measured in the same
// run.

#include <ATen/Parallel.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/clock.h>
#include <clipwork/host/config.h>
#include <clipwork/host/device.h>
#include <clipwork/host/json.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/platform.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <optional>

#include "cli/options.h"
#include "measure/yardstick.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

constexpr Size kPicture{360, 640}, kOutput{720, 1280};
/// Frames of the clip where a window is the whole video.
constexpr int64_t kClip = 4;
/// Beyond these the machine was doing something else as well.
constexpr double kSpread = 1.10, kWaiting = 1.15;

struct Clock {
  double cpu = 0, wall = 0;
  static Clock now() { return {user_cpu_seconds(), wall_seconds()}; }
};

double least(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

double middle(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Times of one thing over the rounds.
struct Series {
  std::vector<double> cpu, wall;
  void add(const Clock& from, double units = 1) {
    Clock now = Clock::now();
    cpu.push_back((now.cpu - from.cpu) / units);
    wall.push_back((now.wall - from.wall) / units);
  }
};

/// User CPU seconds a frame of each stage, round by round, in the order of the loop.
using Stages = std::vector<std::pair<std::string, std::vector<double>>>;

/// Pushes frames by rule, one unit of the loop's work a call: a whole clip where the window is the
/// whole video, else the frames from one window's end to the next's.
class Work {
 public:
  explicit Work(const Pipeline& pipeline)
      : pipeline_(pipeline),
        offline_(!pipeline.window().length),
        frames_(offline_ ? kClip : pipeline.window().step()) {
    int64_t pictures = offline_ ? kClip : 8;
    at::Tensor all = picture_by_rule(1, 0, pictures, kPicture.height, kPicture.width);
    for (int64_t t = 0; t < pictures; ++t) pictures_.push_back(all[t]);
  }

  int64_t frames() const { return frames_; }

  /// One window's worth of frames. Adds each stage's user CPU seconds a frame.
  void run(Stages& stages) {
    if (!stream_ || offline_ || pipeline_.still_pictures()) open();
    std::vector<StageTimes::Stage> before = stream_->times().stages;
    push(frames_);
    if (offline_) stream_->finish();
    const std::vector<StageTimes::Stage>& after = stream_->times().stages;
    stages.resize(after.size());
    for (size_t i = 0; i < after.size(); ++i) {
      // A stage keeps its place once it was met.
      double spent = after[i].cpu_seconds - (i < before.size() ? before[i].cpu_seconds : 0);
      stages[i].first = after[i].name;
      stages[i].second.push_back(spent / static_cast<double>(frames_));
    }
  }

 private:
  void open() {
    VideoInfo video;
    video.name = "bench";
    video.output = kOutput;
    stream_.emplace(pipeline_.open(video));
    pushed_ = 0;
    // From here on every call completes one window.
    if (!offline_) push(*pipeline_.window().length - frames_);
  }

  void push(int64_t count) {
    for (int64_t t = 0; t < count; ++t, ++pushed_) {
      stream_->push({pictures_[pushed_ % pictures_.size()], pushed_, 0, "a picture by rule"});
    }
  }
  const Pipeline& pipeline_;
  bool offline_;
  int64_t frames_, pushed_ = 0;
  std::vector<at::Tensor> pictures_;
  std::optional<Stream> stream_;
};

void write_times(JsonWriter& json, const std::string& key, const std::vector<double>& seconds,
                 std::optional<double> unit) {
  json.begin_object(key);
  json.member("minimum_seconds", least(seconds));
  json.member("median_seconds", middle(seconds));
  if (unit) json.member("ratio", least(seconds) / *unit);
  json.end_object();
}

struct Request {
  std::string config, weights = "rule";
  int64_t rounds = 12, threads = 1;
  double seconds = 45;
};

/// Runs `round` as often as was asked for, three times at least, while there is time.
template <class Round>
void repeat(const Request& request, const Round& round) {
  const Clock start = Clock::now();
  for (int64_t i = 0; i < request.rounds; ++i) {
    round();
    if (Clock::now().wall - start.wall > request.seconds && i >= 2) break;
  }
}

/// On a GPU: the time that passes, since the CPU's says nothing there. Whatever a window gives is
/// brought to the CPU, so its work is done when the call returns.
Series measure_on_gpu(const Request& request, Work& work) {
  Stages stages;
  // The first calls choose algorithms and take memory.
  for (int i = 0; i < 4; ++i) work.run(stages);
  Series frame;
  repeat(request, [&] {
    const Clock before = Clock::now();
    work.run(stages);
    frame.add(before, static_cast<double>(work.frames()));
  });
  return frame;
}

void print(const Series& frame, const Pipeline& pipeline) {
  std::cout << pipeline.run().device << ", weights " << pipeline.weights_origin() << "\n";
  std::printf("a frame takes %.2f ms, median %.2f ms (%zu rounds)\n", 1e3 * least(frame.wall),
              1e3 * middle(frame.wall), frame.wall.size());
}

void print_json(const Series& frame, const Request& request, const Pipeline& pipeline) {
  JsonWriter json;
  json.begin_object();
  json.member("config", request.config);
  json.member("weights", pipeline.weights_origin());
  json.member("device", pipeline.run().device);
  json.member("rounds", frame.wall.size());
  write_times(json, "frame", frame.wall, {});
  json.end_object();
  std::cout << json.take() << "\n";
}

/// The frame and Y, measured in turns.
struct Measurement {
  Series y, frame;
  Stages stages;
  double spread = 1;   ///< how far medians are above the minima
  double waiting = 1;  ///< how far the wall clock is above the CPU time, of one thread

  double unit() const { return least(y.cpu); }
  bool noisy() const { return spread > kSpread || waiting > kWaiting; }
  std::string noise() const {
    return cat("medians are up to ", spread, " times the minima, the wall clock ", waiting,
               " times the CPU time");
  }
};

Measurement measure_on_cpu(const Request& request, Work& work) {
  runs::Yardstick yardstick;
  Measurement measured;
  // The first calls pay for packing, primitives and memory.
  for (int i = 0; i < 2; ++i) {
    yardstick.run();
    work.run(measured.stages);
  }
  measured.stages.clear();
  const auto frames = static_cast<double>(work.frames());
  Series &y = measured.y, &frame = measured.frame;
  repeat(request, [&] {
    Clock before = Clock::now();
    yardstick.run();
    y.add(before);
    before = Clock::now();
    work.run(measured.stages);
    frame.add(before, frames);
  });
  double cpu = 0, wall = 0;
  for (size_t i = 0; i < y.cpu.size(); ++i) {
    cpu += y.cpu[i] + frame.cpu[i] * frames;
    wall += y.wall[i] + frame.wall[i] * frames;
  }
  measured.spread = std::max(middle(y.cpu) / measured.unit(), middle(frame.cpu) / least(frame.cpu));
  // With one thread the wall clock shows how long the process waited for a core.
  if (request.threads == 1) measured.waiting = wall / cpu;
  return measured;
}

void print(const Measurement& measured, const Request& request, const Pipeline& pipeline) {
  std::cout << processor_name() << ", " << counted(request.threads, "thread") << ", weights "
            << pipeline.weights_origin() << "\n";
  std::printf("%-16s %10s %10s %8s\n", "", "min ms", "median ms", "Y");
  auto row = [&](const std::string& name, const std::vector<double>& seconds) {
    std::printf("%-16s %10.2f %10.2f %8.3f\n", name.c_str(), 1e3 * least(seconds),
                1e3 * middle(seconds), least(seconds) / measured.unit());
  };
  row("Y", measured.y.cpu);
  for (const auto& [name, seconds] : measured.stages) row(name, seconds);
  row("frame", measured.frame.cpu);
  std::printf("a frame costs %.2f Y (%zu rounds)\n", least(measured.frame.cpu) / measured.unit(),
              measured.y.cpu.size());
}

void print_json(const Measurement& measured, const Request& request, const Pipeline& pipeline) {
  const std::vector<double>&y = measured.y.cpu, &frame = measured.frame.cpu;
  JsonWriter json;
  json.begin_object();
  json.member("config", request.config);
  json.member("weights", pipeline.weights_origin());
  json.member("cpu", processor_name());
  json.member("threads", request.threads);
  json.member("rounds", y.size());
  json.member("ratio", least(frame) / measured.unit());
  json.member("ratio_of_medians", middle(frame) / middle(y));
  json.member("noisy", measured.noisy());
  json.member("noise", measured.noise());
  write_times(json, "y", y, measured.unit());
  write_times(json, "frame", frame, measured.unit());
  json.begin_object("stages");
  for (const auto& [name, seconds] : measured.stages) {
    write_times(json, name, seconds, measured.unit());
  }
  json.end_object();
  json.end_object();
  std::cout << json.take() << "\n";
}

Config config_of(const Request& request, const Options& options) {
  std::vector<Override> overrides = options.overrides();
  overrides.emplace_back(cat("run.threads=", request.threads), "--threads");
  return load_config(request.config, overrides);
}

int run(const std::vector<std::string>& arguments) {
  Request request;
  bool json = false;
  Options options("clipwork bench",
                  "Measures user CPU time per frame, on generated pictures of 640x360 with masks "
                  "of 1280x720:\nin a clip of four frames if the window is the whole video, "
                  "otherwise in the steady state.\nThe unit Y is one eager forward pass of "
                  "ResNet-50's convolutions, measured alternately.\nOn a GPU: wall-clock time per "
                  "frame.\nExit code 3: other work on the machine disturbed the measurement.");
  options
      .argument("CONFIG", &request.config, "a config file, or clipwork:NAME for an installed one")
      .option("weights", "FILE", &request.weights,
              "a checkpoint (default: rule, generated weights)")
      .option("rounds", "N", &request.rounds,
              "number of measurements of the frame and of Y (default: 12)")
      .option("seconds", "S", &request.seconds, "stop after this time (default: 45)")
      .option("threads", "N", &request.threads, "threads of the models (default: 1)")
      .device()
      .flag("json", &json, "print JSON")
      .example("clipwork bench clipwork:minvis/ytvis2019_r50.toml", "measures MinVIS")
      .example("clipwork bench clipwork:minvis/tiny.toml --rounds 5 --json",
               "prints machine-readable output");
  if (!options.parse(arguments)) return 0;
  if (request.rounds < 1 || request.threads < 1) {
    throw InputError("--rounds and --threads must be at least 1");
  }

  at::set_num_threads(static_cast<int>(request.threads));
  const Pipeline pipeline(config_of(request, options), weight_origin(request.weights));
  Work work(pipeline);
  if (parse_device(pipeline.run().device).is_cuda()) {
    const Series frame = measure_on_gpu(request, work);
    json ? print_json(frame, request, pipeline) : print(frame, pipeline);
    return static_cast<int>(ExitCode::done);
  }
  const Measurement measured = measure_on_cpu(request, work);
  json ? print_json(measured, request, pipeline) : print(measured, request, pipeline);
  if (!measured.noisy()) return static_cast<int>(ExitCode::done);
  std::fprintf(stderr, "noisy: %s; measure again on a quiet machine\n", measured.noise().c_str());
  return static_cast<int>(ExitCode::check_failed);
}

}  // namespace

const Verb kBench = {"bench", "measures the cost per frame", run};

}  // namespace clipwork::cli
