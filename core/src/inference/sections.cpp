#include <clipwork/error.h>
#include <clipwork/host/sections.h>
#include <clipwork/text.h>

#include <algorithm>

#include "config/section_list.h"

namespace clipwork {

namespace {

/// Ids are numbers of JSON, which other programs read as doubles.
constexpr double kLargestId = 9007199254740992;

template <auto section>
void describe(Sections& sections, Describer& d) {
  (sections.*section).describe(d);
}

}  // namespace

const std::vector<SectionEntry>& config_sections() {
  static const auto* all = new std::vector<SectionEntry>{
      {"model",
       "the components of the method",
       {"backbone", "pixel_decoder", "decoder", "tracker"}},
      {"window",
       "how many frames are decoded together, and how windows overlap",
       {},
       describe<&Sections::window>},
      {"preprocess",
       "how frames become the input of the model",
       {},
       describe<&Sections::preprocess>},
      {"tracks", "how scores of windows become scores of tracks", {}, describe<&Sections::tracks>},
      {"memory", "what a stream keeps, and where", {}, describe<&Sections::memory>},
      {"classes", "names and ids of the categories", {}, describe<&Sections::classes>},
      {"weights",
       "the checkpoint, and which parameters may be missing in it",
       {},
       describe<&Sections::weights>},
      {"run", "how the models run", {}, describe<&Sections::run>},
      {"output",
       "which outputs are written, and how they are drawn",
       {},
       describe<&Sections::output>},
      {"data", "the data sets for training and evaluation", {"train", "eval"}},
      {"loss", "the loss, a component", {}},
      {"train", "the training recipe", {}, describe<&Sections::train>},
      {"plugins", "plugins other than the installed ones", {}, describe<&Sections::plugins>},
      // Of a recipe, which has nothing else.
      {"stages", "the stages of a recipe of trainings", {}, nullptr, /*list=*/true},
  };
  return *all;
}

std::vector<ParameterInfo> section_parameters(const std::string& section) {
  const auto found = std::ranges::find(config_sections(), section, &SectionEntry::name);
  if (found == config_sections().end() || !found->describe) return {};
  Sections defaults;
  Describer describer;
  found->describe(defaults, describer);
  return describer.parameters();
}

const std::vector<std::string>& section_paths() {
  static const auto* all = [] {
    auto* paths = new std::vector<std::string>;
    for (const SectionEntry& section : config_sections()) {
      for (const ParameterInfo& parameter : section_parameters(section.name)) {
        paths->push_back(cat(section.name, ".", parameter.name));
      }
    }
    return paths;
  }();
  return *all;
}

std::vector<SectionInfo> sections() {
  std::vector<SectionInfo> all;
  for (const SectionEntry& section : config_sections()) {
    all.push_back({section.name, section.sentence, section.parts});
  }
  return all;
}

void WindowSection::describe(Describer& d) {
  d.maybe("length", length, "video", "number of frames decoded together, or \"video\" for all")
      .range(1, 100000)
      .unit("frames");
  d.maybe("stride", stride, "length", "number of frames from the start of one window to the next")
      .range(1, 100000)
      .unit("frames");
  d("last", last, {{"short", Last::cut_short}, {"shift", Last::shift}},
    "what to do if too few frames remain for the last window");
}

void TracksSection::describe(Describer& d) {
  d("classes", classes,
    {{"mean_logits", Classes::mean_logits},
     {"mean_probs", Classes::mean_probs},
     {"max_probs", Classes::max_probs},
     {"last", Classes::last}},
    "how class scores are combined over windows");
  d("absent", absent, {{"skip", Absent::skip}, {"zero", Absent::zero}},
    "how a window without the track counts");
  d("quality", quality,
    {{"none", Quality::none}, {"padded", Quality::padded}, {"output", Quality::output}},
    "size at which the mask quality is computed that multiplies the class score");
  d("blend", blend,
    {{"logits", MaskForm::Values::logits}, {"probs", MaskForm::Values::probabilities}},
    "what is averaged if windows share a frame");
  d("top_k", top_k, "largest number of results per video").range(1, 100000);
  d("top_k_over", top_k_over, {{"pairs", TopKOver::pairs}, {"rows", TopKOver::rows}},
    "what is ranked: (track, class) pairs, or tracks with their best class");
  d("min_score", min_score, "results with a lower score are left out").range(0, 1);
  d("keep", keep,
    "number of best tracks whose masks are kept while the video runs (0: all, as the papers' "
    "rankings require)")
      .range(0, 100000);
}

void ClassesSection::describe(Describer& d) {
  d("names", names, "class names in the order of the class head");
  d("ids", ids, "category ids in result files, one per name (default: 1, 2, 3, ...)")
      .range(0, kLargestId);
  d("renamed", renamed,
    "accept a checkpoint that was trained on these classes under other names, in the same order");
}

int64_t ClassesSection::id(int64_t category) const {
  return ids.empty() ? category + 1 : ids.at(category);
}

void WeightsSection::describe(Describer& d) {
  d.file("file", file,
         "a checkpoint (.pth, .pkl, .safetensors; FILE#KEY: one of several weights in it), or the "
         "folder of a training; \"rule\": weights generated from names and a seed; \"initial\": "
         "initial weights for training from scratch");
  d("allow_missing", allow_missing,
    "regular expressions for parameters that may be missing in the checkpoint")
      .patterns();
}

void MemorySection::describe(Describer& d) {
  d("masks_mb", masks_mb, "settled masks kept in main memory; the rest goes to a temporary file")
      .range(0, 1 << 20)
      .unit("MB");
  d("memos", memos,
    {{"auto", Memos::automatic},
     {"memory", Memos::memory},
     {"spool", Memos::spool},
     {"recompute", Memos::recompute}},
    "where the decoders' data of frames is kept: in main memory, in a temporary file, or "
    "recomputed from the pixels; auto uses memory up to memos_mb, then the file");
  d("memos_precision", memos_precision, {{"float", Precision::single}, {"half", Precision::half}},
    "half: stored in 16 bits, in half the memory and slightly less accurate");
  d("memos_mb", memos_mb, "main memory limit for memos = \"auto\"").range(0, 1 << 20).unit("MB");
}

void RunSection::describe(Describer& d) {
  d("plain", plain,
    "use the plain form of every operator: nothing folded, packed or fused, no TF32 on a GPU");
  d("winograd", winograd,
    "compute large 3x3 convolutions by Winograd's algorithm: a quarter of the multiplications, "
    "results differ in the last digits only; plain turns it off");
  d("keep_result", keep_result, "false: discard masks once they are output, for endless streams");
  d("seed", seed, "seed of all random values");
  d("threads", threads, "threads of the models; 0: one for each core that the process may use")
      .range(0, 1024);
  d("device", device, "device of the models: cpu, cuda or cuda:N");
  d("checks", checks,
    {{"always", Checks::always}, {"first", Checks::first}, {"never", Checks::never}},
    "whether what components return is checked: in every window, in the first window of each video "
    "(in training, of each batch), or never");
}

void PluginsSection::describe(Describer& d) {
  d("path", path,
    "folders with plugins, relative to the config; searched if they are, or are below, a folder "
    "that --plugin-path or CLIPWORK_PLUGIN_PATH names")
      .length(0, 100);
}

void OutputSection::describe(Describer& d) {
  d("ids", ids, "write ids/NNNNNN.png, 16 bit, 0 = background");
  d("overlay", overlay, "write overlay.mp4");
  d("pictures", pictures, "write pictures/NNNNN.jpg: the frames of the overlay");
  d("report", report, "write report.html");
  d("draw_score", draw_score, "tracks with a lower score are not drawn").range(0, 1);
  d("bad_frames", bad_frames, {{"stop", BadFrames::stop}, {"skip", BadFrames::skip}},
    "what to do if a frame cannot be read");
}

void OptimizerSection::describe(Describer& d) {
  d("rate", rate, "learning rate").range(0, 1000);
  d("weight_decay", weight_decay, "decoupled weight decay, multiplied by the rate").range(0, 1000);
  d("beta1", beta1, "decay of the running mean of gradients").range(0, 1);
  d("beta2", beta2, "decay of the running mean of squared gradients").range(0, 1);
  d("epsilon", epsilon, "added to the denominator for numerical stability").range(0, 1);
  d("rate_factors", rate_factors,
    "factors of the rate, by regular expressions searched in parameter names; the first match is "
    "used")
      .patterns()
      .range(0, 1e6);
  d("decay_factors", decay_factors, "factors of the weight decay, likewise")
      .patterns()
      .range(0, 1e6);
  d("decay_norms", decay_norms, "apply weight decay to weights and biases of norms");
  d("decay_tables", decay_tables, "apply weight decay to learned tables (queries, positions)");
  d("no_decay", no_decay, "regular expressions for further parameters without weight decay")
      .patterns();
  d("clip_norm", clip_norm, "limit for the 2-norm of all gradients together; 0: none")
      .range(0, 1e9);
}

void ScheduleSection::describe(Describer& d) {
  d("milestones", milestones,
    "steps at which the rate is multiplied by `factor` (schedule = \"steps\")")
      .range(0, 1e9);
  if (!milestones.empty()) form = Form::steps;
  d("schedule", form, {{"constant", Form::constant}, {"steps", Form::steps}, {"poly", Form::poly}},
    "schedule of the learning rate: constant, reduced at milestones, or falling to zero as (1 - "
    "step / steps) to the power of `power` (default: constant, with milestones steps)");
  d("factor", factor, "factor of the rate at each milestone (schedule = \"steps\")").range(0, 1);
  d("power", power, "exponent (schedule = \"poly\")").range(0, 100);
  d("warmup_steps", warmup_steps, "number of steps during which the rate rises to its value")
      .range(0, 1e9);
  d("warmup_factor", warmup_factor, "fraction of the rate at the start of the warm-up").range(0, 1);
}

void TrainSection::describe(Describer& d) {
  d("only", only, "regular expressions searched in parameter names: train only these (empty: all)")
      .patterns();
  d("freeze", freeze, "regular expressions for parameters that are not trained").patterns();
  d("evaluate", evaluate,
    "regular expressions searched in module names: these stay in evaluation mode, so their norms "
    "keep their statistics")
      .patterns();
  optimizer.describe(d);
  schedule.describe(d);
  d("steps", steps, "number of optimiser steps").range(0, 1e9);
  d("batch", batch, "samples per step, over all processes").range(1, 1 << 20);
  d("accumulate", accumulate,
    "parts into which each process splits its samples of a step, to save memory; means over "
    "objects are then taken per part")
      .range(1, 1 << 20);
  d("recipe_batch", recipe_batch,
    "the batch size that the rate and the number of steps are meant for (0: batch)")
      .range(0, 1 << 20);
  d("scale_rate", scale_rate, "multiply the rate by batch / recipe_batch");
  d("precision", precision, {{"float", Precision::single}, {"bfloat16", Precision::bfloat16}},
    "bfloat16: matrix products and convolutions in 16 bits where that is faster");
  d("recompute", recompute,
    "components whose activations are recomputed in the backward pass, picture by picture, to save "
    "memory")
      .choices({"backbone", "pixel_decoder"});
  d("average", average,
    "keep an exponential average of the weights with this decay, evaluate it and save it as the "
    "model (0: no average)")
      .range(0, 1);
  d("workers", workers, "threads that read and augment samples; 0: the training thread does it")
      .range(0, 1024);
  d("checkpoint_every", checkpoint_every, "steps from one checkpoint to the next").range(1, 1e9);
  d("keep", keep, "number of checkpoints to keep in addition to the best one").range(1, 1e6);
  d("evaluate_every", evaluate_every,
    "steps from one evaluation on [data.eval] to the next; 0: none")
      .range(0, 1e9);
  d("best", best, "the measure that decides which checkpoint is the best");
  d("log_every", log_every, "steps from one line of scalars.jsonl to the next").range(1, 1e9);
  d("stage", stage, "name of the resulting weights, for `parent` of a later stage");
  d("parent", parent,
    "required `stage` of the initial weights, if they were trained with Clipwork");
}

double TrainSection::rate_scale() const {
  if (!scale_rate || recipe_batch == 0) return 1;
  return static_cast<double>(batch) / static_cast<double>(recipe_batch);
}

int64_t TrainSection::part_of_batch(int64_t processes) const {
  const int64_t parts = processes * accumulate;
  if (batch % parts != 0) {
    throw InputError(
        cat("train.batch ", batch, " cannot be divided into ", processes,
            processes == 1 ? " process" : " processes", " times ", counted(accumulate, "part")),
        "train.batch", cat("use ", (batch / parts + 1) * parts, ", or change train.accumulate"));
  }
  return batch / parts;
}

}  // namespace clipwork
