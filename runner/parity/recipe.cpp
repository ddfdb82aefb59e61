#include "recipe.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/text.h>

namespace clipwork::parity {

namespace {

Sample query_sample(const Case& golden, int64_t b) {
  Sample sample;
  sample.name = cat("sample ", b);
  sample.frames = golden.input(cat("frames.", b));
  sample.targets = without_empty_masks(
      read_targets(golden, cat("target.", b, "."), {sample.frames.size(2), sample.frames.size(3)}));
  return sample;
}

int64_t processes_of(const Json& training) {
  return integer(member(training, "loss"), "world_size");
}

Value set_table(const Json& training, const char* mask, const char* dice) {
  Value table = loss_table(member(training, "loss"), "set", mask);
  table.set("terms.dice.over", dice);
  table.set("deep", boolean(member(training, "loss"), "deep_supervision"));
  return table;
}

/// Frames as images, and clips over their queries.
Value two_level_table(const Json& training, const char* rule, const char* name) {
  Value table = set_table(training, "volume", "volume");
  table.set("type", rule);
  table.set("name", name);
  table.set("frames", set_table(training, "frame", "frame"));
  table.set("terms.sim.type", "similarity");
  table.set("terms.sim.weight", number(member(member(training, "loss"), "loss_weights"), "sim"));
  return table;
}

void set_frame_loss(Value& tree, const Json& training) {
  tree.set("loss", set_table(training, "frame", "frame"));
}

void set_novis_loss(Value& tree, const Json& training) {
  tree.set("loss", set_table(training, "frame", "volume"));
}

void set_vita_loss(Value& tree, const Json& training) {
  tree.set("loss", two_level_table(training, "set", "vita"));
}

std::string vita_draw(const std::string& purpose) {
  constexpr std::string_view kClips = "vita.";
  return purpose.starts_with(kClips) ? "clip." + purpose.substr(kClips.size()) : "frame." + purpose;
}

void set_genvis_loss(Value& tree, const Json& training) {
  Value table = two_level_table(training, "uvla", "genvis");
  table.set("frames_weight", 0);
  tree.set("loss", table);
}

std::string genvis_draw(const std::string& purpose) {
  constexpr std::string_view kClips = "genvis.";
  return purpose.starts_with(kClips) ? purpose.substr(kClips.size()) : "frame." + purpose;
}

/// The objects of a clip from the lists of its frames, in the order of their ids.
Targets join_frames(const Case& golden, int64_t b, int64_t frames, Size size) {
  auto input = [&](int64_t t, const char* what) {
    return golden.input(cat("clip.", b, ".frame.", t, ".", what));
  };
  std::map<int64_t, int64_t> labels;
  for (int64_t t = 0; t < frames; ++t) {
    if (!golden.has_input(cat("clip.", b, ".frame.", t, ".ids"))) continue;
    at::Tensor ids = input(t, "ids"), of_ids = input(t, "labels");
    for (int64_t i = 0; i < ids.size(0); ++i) {
      labels.emplace(ids[i].item<int64_t>(), of_ids[i].item<int64_t>());
    }
  }
  auto count = static_cast<int64_t>(labels.size());
  Targets targets;
  targets.labels = at::zeros({count}, at::kLong);
  targets.ids = at::full({count, frames}, -1, at::kLong);
  targets.masks = at::zeros({count, frames, size.height, size.width}, at::kBool);
  targets.boxes = at::zeros({count, frames, 4});
  int64_t place = 0;
  for (const auto& [id, label] : labels) {
    targets.labels[place] = label;
    for (int64_t t = 0; t < frames; ++t) {
      if (!golden.has_input(cat("clip.", b, ".frame.", t, ".ids"))) continue;
      at::Tensor found = input(t, "ids").eq(id).nonzero();
      if (found.size(0) == 0) continue;
      auto row = found[0][0].item<int64_t>();
      targets.ids[place][t] = id;
      targets.masks[place][t] = input(t, "masks")[row];
      targets.boxes[place][t] = input(t, "boxes")[row];
    }
    ++place;
  }
  return targets;
}

Sample iai_sample(const Case& golden, int64_t b) {
  Sample sample;
  sample.name = cat("clip ", b);
  sample.frames = golden.input(cat("frames.", b));
  sample.targets =
      join_frames(golden, b, sample.frames.size(0), {sample.frames.size(2), sample.frames.size(3)});
  return sample;
}

void set_iai_loss(Value& tree, const Json& training) {
  tree.set("loss", dense_loss_table(member(training, "loss")));
  tree.set("train.evaluate", Value::Array{Value("^backbone(\\.|$)")});
  tree.set("model.decoder.drop_path", number(training, "drop_path"));
}

std::string bare_term(const std::string& name) { return name.substr(sizeof("loss_") - 1); }

int64_t one_process(const Json&) { return int64_t{1}; }

void add_new_ids(NamedTensors& stages, const Draws& draws) {
  for (const auto& [name, value] : draws.matches()) {
    if (!name.starts_with("ids.")) continue;
    stages["new_" + name] = value.masked_select(value.ge(0));
  }
}

void set_mask_rcnn_loss(Value& tree, const Json& training) {
  const Json& loss = member(training, "loss");
  tree.set("loss.type", "mask_rcnn");
  tree.set("loss.level_proposals", integer(loss, "pre_nms_top_n"));
  tree.set("loss.proposals", integer(loss, "post_nms_top_n"));
  tree.set("loss.anchor_samples", integer(loss, "rpn_batch_size_per_image"));
  tree.set("loss.anchor_share", number(loss, "rpn_positive_fraction"));
  tree.set("loss.samples", integer(loss, "box_batch_size_per_image"));
  tree.set("loss.share", number(loss, "box_positive_fraction"));
}

Sample boxed_sample(const Case& golden, int64_t b) {
  Sample sample = query_sample(golden, b);
  sample.targets.boxes = golden.input(cat("target.", b, ".boxes")).unsqueeze(1);
  return sample;
}

const Recipe kFrameRecipe = {
    .configure = set_frame_loss, .sample = query_sample, .processes = processes_of};
const Recipe kNovisRecipe = {
    .configure = set_novis_loss, .sample = query_sample, .processes = processes_of};
const Recipe kVitaRecipe = {.configure = set_vita_loss,
                            .sample = query_sample,
                            .draw = vita_draw,
                            .processes = processes_of};
const Recipe kGenVisRecipe = {.configure = set_genvis_loss,
                              .sample = query_sample,
                              .draw = genvis_draw,
                              .processes = processes_of};
const Recipe kIaiRecipe = {.configure = set_iai_loss,
                           .sample = iai_sample,
                           .term = bare_term,
                           .processes = one_process,
                           .add_heard = add_new_ids};
const Recipe kMaskRcnnRecipe = {.configure = set_mask_rcnn_loss,
                                .sample = boxed_sample,
                                .term = bare_term,
                                .processes = processes_of};

}  // namespace

const Recipe& recipe_of(const Json& config) {
  static const std::map<std::string, const Recipe*> kRecipes = {
      {"mask2former_image", &kFrameRecipe},
      {"mask2former_video", &kFrameRecipe},
      {"minvis", &kFrameRecipe},
      {"novis", &kNovisRecipe},
      {"vita", &kVitaRecipe},
      {"genvis", &kGenVisRecipe},
      {"iai", &kIaiRecipe},
      {"mask_rcnn", &kMaskRcnnRecipe},
  };
  std::string name = text(config, "method");
  auto found = kRecipes.find(name);
  if (found == kRecipes.end()) {
    const std::string known = join(kRecipes, [](const auto& entry) { return entry.first; });
    throw InputError(cat("training of method '", name, "' is not supported"), "case.json",
                     cat("supported methods: ", known));
  }
  return *found->second;
}

}  // namespace clipwork::parity
