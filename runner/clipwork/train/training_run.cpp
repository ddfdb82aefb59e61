#include <clipwork/host/checkpoint_folder.h>
#include <clipwork/host/checkpoint_store.h>
#include <clipwork/host/failure.h>
#include <clipwork/host/json_document.h>
#include <clipwork/host/log.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/progress.h>
#include <clipwork/host/trainer.h>
#include <clipwork/output_file.h>
#include <clipwork/read_file.h>
#include <clipwork/runs/dataset_run.h>
#include <clipwork/runs/shown_video.h>
#include <clipwork/runs/training_run.h>
#include <clipwork/text.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <filesystem>

#include "data/data_faults.h"
#include "data/split_data.h"
#include "data/train_data.h"
#include "run/memory_watch.h"
#include "run/run_facts.h"
#include "show/run_folder.h"
#include "show/truth_pictures.h"
#include "train/evaluation_rehearsal.h"
#include "train/event_file.h"
#include "train/scalar_log.h"
#include "train/training_facts.h"
#include "train/training_start.h"
#include "train/training_text.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

/// The measures of metrics.json.
Measures read_measures(const fs::path& file) {
  Measures measures;
  std::error_code failed;
  if (!fs::exists(file, failed)) return measures;
  rapidjson::Document json;
  if (parse_json(read_file(file), json) || !json.IsObject() || !json.HasMember("stats") ||
      !json["stats"].IsObject()) {
    return measures;
  }
  for (const auto& member : json["stats"].GetObject()) {
    if (member.value.IsNumber()) {
      measures.emplace_back(member.name.GetString(), member.value.GetDouble());
    }
  }
  return measures;
}

/// The config of what is trained: `weights` are relative to the folder that it is written to, and
/// all there. What training began with is in the facts of the checkpoints.
Config trained_config(const Config& config, const std::string& weights) {
  Value tree = config.tree();
  tree.set("weights.file", Value(weights, {"train"}));
  tree.set("weights.allow_missing", Value(Value::Array(), {"train"}));
  tree.set("classes.renamed", Value(false, {"train"}));
  tree.set("train.parent", Value("", {"train"}));
  return Config(tree, config.files());
}

/// Each of several processes on a machine with GPUs uses its own.
Plan with_own_device(Plan plan, const TrainingRequest& request) {
  const bool shared = plan.run.device == "cuda" && request.world->size() > 1;
  if (shared) plan.run.device = cat("cuda:", request.local_rank);
  return plan;
}

class Training {
 public:
  Training(const TrainingRequest& request, const Plan& plan);
  TrainingReport run(const std::function<bool()>& stop);

 private:
  const TrainingRequest request_;
  Communicator& world_;
  Config config_;  ///< resolved
  CheckpointStore store_;
  RunFolder folder_;
  std::optional<fs::path> resumed_;  ///< the checkpoint that is continued
  std::optional<Pipeline> pipeline_;
  std::optional<Trainer> trainer_;
  TrainingFacts facts_;
  std::vector<std::string> remarks_;  ///< about the data
  MemoryWatch memory_;
  std::function<bool()> stop_ = [] { return false; };
  std::optional<ScalarLog> scalars_;
  std::optional<EventFile> events_;
  std::optional<Error> failure_;
  bool interrupted_ = false;
  double waited_ = 0, worked_ = 0;  // seconds since the last message

  const TrainSection& section() const { return pipeline_->training(); }
  /// Process 0 writes, evaluates and reports; the others only train.
  bool leads() const { return world_.rank() == 0; }
  /// True if any process says so; all must act on the same answer.
  bool agreed(bool mine) const { return world_.sum(mine ? 1 : 0) > 0; }
  fs::path scalars_file() const { return folder_ / "scalars.jsonl"; }
  void begin();
  void train();
  void report(const StepReport& step, Progress& progress);
  void add_scalars(const ScalarLog::Values& values, int64_t step);
  void save();
  void evaluate();
  void evaluate_if_due();
  void draw_evaluation(const fs::path& results, const std::string& name);
  bool evaluation_is_due() const;
  void keep_refused_batch();
  TrainingReport end();
};

Training::Training(const TrainingRequest& request, const Plan& plan)
    : request_(request),
      world_(*request.world),
      config_(with_absolute_data(plan.resolved)),
      store_(fs::path(request.out) / kCheckpointsFolder),
      folder_(request.out, treatment(request, store_)),
      resumed_(checkpoint_to_resume(request, store_)) {
  pipeline_.emplace(
      Pipeline::for_training(with_own_device(plan, request), weights_to_start(resumed_)));
  check_train_section(section());
  const std::shared_ptr<const Samples> samples = open_samples(plan.config);
  remarks_ = report_faults(kTrainingData, samples->faults(), request.strict);
  check_windows_of(*samples, plan.window);
  trainer_.emplace(*pipeline_, samples, world_, Trainer::Options{.overfit = request.overfit});
  facts_ = checked_facts(request, plan, config_, *pipeline_, *trainer_, world_.size(), resumed_);
  if (resumed_) {
    trainer_->restore(*resumed_);
  } else if (section().evaluate_every > 0 && leads()) {
    const std::vector<DatasetFault> faults = rehearse_evaluation(plan, trainer_->weights());
    for (std::string& remark : report_faults(kEvaluationData, faults, request.strict)) {
      remarks_.push_back(std::move(remark));
    }
  }
}

void Training::begin() {
  // Nobody may look at the folder any more when it changes.
  world_.barrier();
  if (!leads()) return;
  folder_.begin({{"config", request_.config}, {"weights", pipeline_->weights_origin()}});
  store_.open_for_writing();
  write_file(folder_ / "config.toml",
             trained_config(config_, cat("./", kCheckpointsFolder)).toml(true));
  write_file(folder_ / "command.txt", request_.command + "\n");
  scalars_.emplace(scalars_file(), trainer_->steps_done());
  events_.emplace(folder_.path(), trainer_->steps_done() + 1, unix_seconds());
  if (resumed_) {
    log_info("resuming from ", resumed_->filename().string());
  } else {
    save();
  }
}

void Training::save() {
  if (!leads()) return;
  store_.write(trainer_->steps_done(), [&](const fs::path& folder) {
    trainer_->save(folder, facts_);
    write_file(folder / "config.toml", trained_config(config_, cat("./", kModelFile)).toml());
  });
  store_.prune(section().keep, trainer_->steps_done());
}

bool Training::evaluation_is_due() const {
  const int64_t every = section().evaluate_every, step = trainer_->steps_done();
  return every > 0 && step > 0 && (step % every == 0 || trainer_->done()) &&
         !ScalarLog::has_evaluation(scalars_file(), step);
}

/// Runs the weights of the checkpoint of this step over [data.eval].
void Training::evaluate() {
  const int64_t step = trainer_->steps_done();
  const fs::path weights = store_.path(step) / kModelFile;
  DatasetRunRequest request;
  request.config = request_.config;
  request.out = (folder_ / "eval" / CheckpointStore::name(step)).string();
  fs::create_directories(folder_ / "eval");
  const DatasetRunReport report =
      DatasetRun(request, trained_config(config_, fs::absolute(weights).string())).run(stop_);
  if (request_.evaluated) request_.evaluated(report);
  if (report.failure || !report.failed.empty()) {
    throw Error("the evaluation failed", request.out);
  }
  if (report.interrupted) return;
  const Measures measures = report.scores ? report.scores->evaluation.stats : Measures();
  draw_evaluation(fs::path(request.out) / "results.json", CheckpointStore::name(step));
  const std::optional<double> now = measure(measures, section().best);
  if (!now)
    log_warn("the evaluation has no measure '", section().best, "', which train.best selects");
  const std::optional<int64_t> best = store_.best(section().best);
  const std::optional<double> before =
      best
          ? measure(read_measures(folder_ / "eval" / CheckpointStore::name(*best) / "metrics.json"),
                    section().best)
          : std::nullopt;
  if (now && (!before || *now > *before)) store_.set_best(section().best, step);
  // Last: a step whose measures stand there is not evaluated again.
  add_scalars(scalars_of(measures), step);
}

/// vis/iter_0001000/VIDEO.jpg of some videos.
void Training::draw_evaluation(const fs::path& results, const std::string& name) {
  constexpr int64_t kVideos = 4;
  constexpr double kMinScore = 0.1;
  try {
    const SplitData data = open_split(config_);
    if (!data.dataset->annotated()) return;
    const fs::path folder = folder_ / "vis" / name;
    fs::create_directories(folder);
    for (const TruthPicture& picture :
         truth_pictures(*data.dataset, read_results(results), kVideos, kMinScore)) {
      write_file(folder / (folder_name(picture.video, picture.name) + ".jpg"), picture.jpeg);
      events_->add_picture(trainer_->steps_done(), picture.name, picture.height, picture.width,
                           picture.jpeg, unix_seconds());
    }
  } catch (const InputError& error) {
    // Nobody loses a training because its pictures cannot be drawn.
    log_warn("cannot draw pictures of this evaluation: ", error.what());
  }
}

void Training::add_scalars(const ScalarLog::Values& values, int64_t step) {
  scalars_->add(step, values);
  events_->add(step, values, unix_seconds());
}

void Training::report(const StepReport& step, Progress& progress) {
  waited_ += step.data_seconds;
  worked_ += step.seconds;
  const double memory = megabytes(memory_.peak_bytes());
  const int64_t left = section().steps - step.step;
  if (leads() && (step.step % section().log_every == 0 || left == 0)) {
    add_scalars(scalars_of(step, memory, static_cast<double>(left) * step.seconds), step.step);
  }
  progress.remark(cat(losses_for_people(step), ", rate ", significant(step.rate, 3), ", ",
                      static_cast<int64_t>(memory), " MB, ",
                      static_cast<int64_t>(100 * waited_ / std::max(worked_, 1e-9) + 0.5),
                      " % waiting for data"));
  progress.advance();
  if (leads() && request_.stepped) request_.stepped(step);
}

void Training::evaluate_if_due() {
  if (!agreed(leads() && evaluation_is_due())) return;
  if (leads()) evaluate();
  world_.barrier();
  interrupted_ = agreed(stop_());
}

void Training::train() {
  evaluate_if_due();
  if (trainer_->done() || interrupted_) return;
  Progress progress("steps", section().steps, trainer_->steps_done());
  while (!trainer_->done() && !interrupted_) {
    report(trainer_->step(), progress);
    interrupted_ = agreed(stop_());
    const bool evaluates = leads() && evaluation_is_due();
    const bool saves = trainer_->steps_done() % section().checkpoint_every == 0;
    if (saves || evaluates || interrupted_ || trainer_->done()) save();
    if (!interrupted_) evaluate_if_due();
  }
  progress.finish();
  // A later stage looks at the folder.
  world_.barrier();
}

void Training::keep_refused_batch() {
  const std::optional<RefusedBatch>& batch = trainer_->refused();
  if (!batch) return;
  const fs::path file =
      folder_ / (leads() ? "refused_batch.safetensors"
                         : cat("refused_batch_of_process_", world_.rank(), ".safetensors"));
  write_refused_batch(file, *batch, trainer_->raw_weights());
  log(LogLevel::error, cat("the batch was saved; to reproduce the error: `clipwork train ",
                           request_.config, " --replay ", file.string(), "`"));
}

TrainingReport Training::end() {
  const int64_t steps = trainer_->steps_done();
  TrainingReport report{folder_.path(), steps, section().steps, interrupted_, section().best, {}};
  if (leads()) {
    std::string why;
    if (failure_) why = failure_->what();
    if (!failure_ && interrupted_) why = cat("interrupted after step ", steps);
    folder_.state(why.empty() ? "complete" : "incomplete", why,
                  {{"steps", steps}, {"of", section().steps}}, remarks_);
    report.best = store_.best(section().best);
  }
  if (failure_) throw *failure_;
  return report;
}

TrainingReport Training::run(const std::function<bool()>& stop) {
  if (stop) stop_ = stop;
  begin();
  try {
    train();
  } catch (const NotFinite& error) {
    failure_ = error;
    keep_refused_batch();
  } catch (const std::exception& error) {
    failure_ = failure_of(error);
  }
  return end();
}

}  // namespace

struct TrainingRun::Implementation : Training {
  using Training::Training;
};

TrainingRun::TrainingRun(const TrainingRequest& request, const Config& config) {
  const Plan plan = plan_pipeline(config);
  plan.faults_for_training().raise();
  implementation_ = std::make_unique<Implementation>(request, plan);
}

TrainingRun::~TrainingRun() = default;

TrainingReport TrainingRun::run(const std::function<bool()>& stop) {
  return implementation_->run(stop);
}

}  // namespace clipwork::runs
