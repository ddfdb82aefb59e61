#include <clipwork/error.h>
#include <clipwork/host/sections.h>

#include "config/section_list.h"

namespace clipwork {

namespace {

template <auto section>
void describe(Sections& sections, Describer& d) {
  (sections.*section).describe(d);
}

}  // namespace

const std::vector<SectionEntry>& config_sections() {
  static const auto* all = new std::vector<SectionEntry>{
      {"model", {"backbone", "pixel_decoder", "decoder", "tracker"}},
      {"window", {}, describe<&Sections::window>},
      {"preprocess", {}, describe<&Sections::preprocess>},
      {"tracks", {}, describe<&Sections::tracks>},
      {"memory", {}, describe<&Sections::memory>},
      {"classes", {}, describe<&Sections::classes>},
      {"weights", {}, describe<&Sections::weights>},
      {"run", {}, describe<&Sections::run>},
      {"output", {}, describe<&Sections::output>},
      {"data", {"train", "eval"}},
      {"loss"},
      {"train", {}, describe<&Sections::train>},
      {"plugins", {}, describe<&Sections::plugins>},
      {"stages", {}, nullptr, /*list=*/true},  // of a recipe, which has nothing else
  };
  return *all;
}

void WindowSection::describe(Describer& d) {
  d.maybe("length", length, "video", "frames that are decoded together, or \"video\": all of them")
      .range(1, 100000)
      .unit("frames");
  d.maybe("stride", stride, "length", "frames from one window's start to the next")
      .range(1, 100000)
      .unit("frames");
  d("last", last, {{"short", Last::cut_short}, {"shift", Last::shift}},
    "what the last window does where frames are missing");
}

void TracksSection::describe(Describer& d) {
  d("classes", classes,
    {{"mean_logits", Classes::mean_logits},
     {"mean_probs", Classes::mean_probs},
     {"max_probs", Classes::max_probs},
     {"last", Classes::last}},
    "how class scores of windows are joined");
  d("absent", absent, {{"skip", Absent::skip}, {"zero", Absent::zero}},
    "what a window without the track counts for");
  d("quality", quality,
    {{"none", Quality::none}, {"padded", Quality::padded}, {"output", Quality::output}},
    "where mask quality is summed that multiplies the class score");
  d("blend", blend,
    {{"logits", MaskForm::Values::logits}, {"probs", MaskForm::Values::probabilities}},
    "what is averaged where windows share a frame");
  d("top_k", top_k, "rows of a result").range(1, 100000);
  d("top_k_over", top_k_over, {{"pairs", TopKOver::pairs}, {"rows", TopKOver::rows}},
    "what is ranked: (track, class) pairs, or tracks with their best class");
  d("min_score", min_score, "rows below it are left out").range(0, 1);
  d("keep", keep,
    "while the video runs, masks are kept of this many best tracks (0: of all, which the papers' "
    "rankings need)")
      .range(0, 100000);
}

void ClassesSection::describe(Describer& d) {
  d("names", names, "class names in the order of the class head");
  d("ids", ids, "category ids of result files, one a name (default: 1, 2, 3, ...)");
}

int64_t ClassesSection::id(int64_t category) const {
  return ids.empty() ? category + 1 : ids.at(category);
}

void WeightsSection::describe(Describer& d) {
  d.file("file", file,
         "a checkpoint (.pth, .pkl, .safetensors); \"rule\": weights made from names and a seed; "
         "\"initial\": those that training from nothing begins with");
  d("allow_missing", allow_missing,
    "regular expressions of parameters that may be missing in the checkpoint");
}

void MemorySection::describe(Describer& d) {
  d("masks_mb", masks_mb,
    "settled masks held in main memory; what is more goes to a temporary file")
      .range(0, 1 << 20)
      .unit("MB");
  d("memos", memos,
    {{"auto", Memos::automatic},
     {"memory", Memos::memory},
     {"spool", Memos::spool},
     {"recompute", Memos::recompute}},
    "where what decoders keep of frames lies while windows need it: main memory, a temporary file, "
    "or computed again from the pixels; auto is memory up to memos_mb, then the file");
  d("memos_precision", memos_precision, {{"float", Precision::single}, {"half", Precision::half}},
    "half: kept in 16 bits, in half the memory and a little less exact");
  d("memos_mb", memos_mb, "what memos = \"auto\" may hold in main memory")
      .range(0, 1 << 20)
      .unit("MB");
}

void RunSection::describe(Describer& d) {
  d("plain", plain,
    "the readable form of every operator: nothing folded, packed or fused, no TF32 on a GPU");
  d("winograd", winograd,
    "large 3x3 convolutions by Winograd's algorithm: a quarter of the products, results equal but "
    "for the last digits; plain turns it off");
  d("keep_result", keep_result,
    "false: masks are forgotten once they were given out, for endless streams");
  d("seed", seed, "of all random draws");
  d("threads", threads, "of the models; 0: as many as the machine has").range(0, 1024);
  d("device", device, "where the models run: cpu, cuda or cuda:N");
}

void PluginsSection::describe(Describer& d) {
  d("path", path, "folders with plugins, below the folder of the config");
}

void OutputSection::describe(Describer& d) {
  d("ids", ids, "write ids/NNNNNN.png, 16 bit, 0 = nothing");
  d("overlay", overlay, "write overlay.mp4");
  d("pictures", pictures, "write pictures/NNNNN.jpg: the frames of the overlay");
  d("report", report, "write report.html");
  d("draw_score", draw_score, "tracks below it are not drawn").range(0, 1);
  d("bad_frames", bad_frames, {{"stop", BadFrames::stop}, {"skip", BadFrames::skip}},
    "what happens at a frame that cannot be read");
}

void OptimizerSection::describe(Describer& d) {
  d("rate", rate, "learning rate").range(0, 1000);
  d("weight_decay", weight_decay, "decoupled decay, times the rate").range(0, 1000);
  d("beta1", beta1, "how much of the mean gradient stays from step to step").range(0, 1);
  d("beta2", beta2, "how much of the mean square stays").range(0, 1);
  d("epsilon", epsilon, "added to the root of the mean square").range(0, 1);
  d("rate_factors", rate_factors,
    "factors of the rate, by regular expressions searched in parameter names; the first match "
    "counts");
  d("decay_factors", decay_factors, "the same for the decay");
  d("decay_norms", decay_norms, "weights and biases of norms are decayed too");
  d("decay_tables", decay_tables, "learned tables (queries, positions) are decayed too");
  d("no_decay", no_decay, "regular expressions of further parameters that are not decayed");
  d("clip_norm", clip_norm, "limit of the 2-norm of all gradients together; 0: none").range(0, 1e9);
}

void ScheduleSection::describe(Describer& d) {
  d("schedule", form, {{"constant", Form::constant}, {"steps", Form::steps}, {"poly", Form::poly}},
    "the rate stays, falls at milestones, or falls to zero as (1 - step / steps) to the power of "
    "`power`");
  d("milestones", milestones,
    "of schedule = \"steps\": from each of these steps on the rate is "
    "multiplied by `factor`");
  d("factor", factor, "of schedule = \"steps\"").range(0, 1);
  d("power", power, "of schedule = \"poly\"").range(0, 100);
  d("warmup_steps", warmup_steps, "steps in which the rate rises to its value").range(0, 1e9);
  d("warmup_factor", warmup_factor, "of the rate, where the rise begins").range(0, 1);
}

void TrainSection::describe(Describer& d) {
  d("only", only,
    "regular expressions searched in parameter names: only these are trained (empty: all)");
  d("freeze", freeze, "regular expressions of parameters that are not trained");
  d("evaluate", evaluate,
    "regular expressions searched in module names: these stay in evaluation mode, so that norms "
    "keep their statistics");
  optimizer.describe(d);
  schedule.describe(d);
  d("steps", steps, "steps of the optimiser, at the end of which training is done").range(0, 1e9);
  d("batch", batch, "samples of a step, those of all processes together").range(1, 1 << 20);
  d("accumulate", accumulate,
    "parts into which a process divides its samples of a step, to need less memory; the mean over "
    "objects is then taken part by part")
      .range(1, 1 << 20);
  d("recipe_batch", recipe_batch, "the batch that rate and steps are meant for (0: batch)")
      .range(0, 1 << 20);
  d("scale_rate", scale_rate, "multiply the rate by batch / recipe_batch");
  d("precision", precision, {{"float", Precision::single}, {"bfloat16", Precision::bfloat16}},
    "bfloat16: products of matrices and convolutions in 16 bits, where that is quick");
  d("recompute", recompute,
    "components whose activations are computed again in the backward pass, picture by picture, to "
    "need less memory")
      .choices({"backbone", "pixel_decoder"});
  d("average", average,
    "keep an exponential average of the weights with this decay, evaluate it and save it as the "
    "model (0: no average)")
      .range(0, 1);
  d("workers", workers, "threads that read and augment samples; 0: none beside the training's own")
      .range(0, 1024);
  d("checkpoint_every", checkpoint_every, "steps from one checkpoint to the next").range(1, 1e9);
  d("keep", keep, "checkpoints that are kept beside the best one").range(1, 1e6);
  d("evaluate_every", evaluate_every,
    "steps from one evaluation on [data.eval] to the next; 0: none")
      .range(0, 1e9);
  d("best", best, "the measure of evaluations that decides which checkpoint is the best");
  d("log_every", log_every, "steps from one line of scalars.jsonl to the next").range(1, 1e9);
  d("stage", stage, "what the weights are called that come of this, for `parent` of a later stage");
  d("parent", parent,
    "the stage that the weights to start from must come of, if they were trained here");
}

double TrainSection::rate_scale() const {
  if (!scale_rate || recipe_batch == 0) return 1;
  return static_cast<double>(batch) / static_cast<double>(recipe_batch);
}

int64_t TrainSection::part_of_batch(int64_t processes) const {
  const int64_t parts = processes * accumulate;
  if (batch % parts != 0) {
    throw InputError(cat("train.batch ", batch, " cannot be divided into ", processes,
                         processes == 1 ? " process" : " processes", " times ", accumulate,
                         accumulate == 1 ? " part" : " parts"),
                     "train.batch",
                     cat("take ", (batch / parts + 1) * parts, ", or another train.accumulate"));
  }
  return batch / parts;
}

}  // namespace clipwork
