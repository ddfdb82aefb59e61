#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>

#include "../kinds.h"
#include "../recorder.h"
#include "../replay.h"

namespace clipwork::parity {

namespace {

/// Embeddings of windows, each in its own order, linked one after the other.
void link(NamedTensors& stages, const Case& golden, const std::string& name, const Json& part) {
  std::string target_name = text(part, "target"), current_name = text(part, "current");
  at::Tensor target = golden.input(target_name), current = golden.input(current_name);
  std::vector<Replayed> windows;
  for (int64_t k = 0; k < current.size(0); ++k) {
    Replayed window;
    window.class_scores = at::zeros({current.size(1), 2});
    window.masks = at::zeros({current.size(1), 1, 1, 1});
    window.embeddings = current[k];
    if (target_name != current_name) {
      window.head = current[k];
      window.tail = target[k];
    }
    windows.push_back(std::move(window));
  }
  ReplaySettings settings = plain_settings(windows);
  settings.tracker.set("type", target_name == current_name ? "embedding" : "overlap_embedding");
  settings.tracker.set("buffer", integer(part, "buffer"));
  settings.tracker.set("buffer_average", text(part, "buffer_average"));
  settings.tracker.set("assignment", text(part, "assignment"));
  Recorder recorder;
  auto count = static_cast<int64_t>(windows.size());
  replay(settings, windows, count, &recorder);
  for (int64_t k = 1; k < count; ++k) {
    stages[cat(name, ".", k, ".cost")] = recorder.calls(cat("match.", k, ".cost")).at(0);
    stages[cat("match.", name, ".", k, ".cols")] = recorder.calls(cat("match.", k, ".cols")).at(0);
  }
}

/// The scores of all (track, class) pairs of a result as a table [Q, K].
at::Tensor score_table(const Result& result, int64_t tracks, int64_t classes) {
  at::Tensor table = at::zeros({tracks, classes}, at::kDouble);
  auto cell = table.accessor<double, 2>();
  for (const ResultRow& row : result.rows) cell[row.track - 1][row.category] = row.class_score;
  return table;
}

/// Windows over the same frames, with links that are given.
void average(NamedTensors& stages, const Case& golden, const std::string& name, const Json& part) {
  int64_t frames = integer(part, "frames"), length = integer(part, "clip_length"),
          stride = integer(part, "stride");
  std::vector<int64_t> first = integers(member(part, "first"));
  std::vector<Replayed> windows;
  for (size_t k = 0; k < first.size(); ++k) {
    auto input = [&](const char* end) { return golden.input(cat(name, ".", k, end)); };
    if (first[k] != static_cast<int64_t>(k) * stride) {
      throw InputError(
          cat(name, ".first[", k, "] is ", first[k], ", not ", k, " strides of ", stride),
          "case.json");
    }
    windows.push_back({input(".pred_logits"), input(".pred_masks"), {}, {}, {}, input(".cols")});
  }
  ReplaySettings settings = plain_settings(windows);
  int64_t rows = windows[0].class_scores.size(0), classes = settings.classes;
  settings.window.set("length", length);
  settings.window.set("stride", stride);
  settings.tracks.set("top_k", rows * classes);
  settings.tracker.set("type", "parity/links");
  for (const char* blend : {"logits", "probs"}) {
    settings.tracks.set("blend", blend);
    Recorder recorder;
    replay(settings, windows, frames, &recorder);
    stages[cat(name, ".masks_of_", blend)] = at::stack(recorder.calls("tracks.masks"), 1);
  }
  for (const char* rule : {"mean_logits", "mean_probs", "max_probs"}) {
    settings.tracks.set("classes", rule);
    stages[cat(name, ".scores_", rule)] =
        score_table(replay(settings, windows, frames), rows, classes);
  }
  if (stride >= length) return;
  settings.tracker = Value::table();
  settings.tracker.set("type", "iou");
  settings.tracker.set("class_weight",
                       number(member(golden.config(), "heuristic"), "class_weight"));
  Recorder recorder;
  replay(settings, windows, frames, &recorder);
  for (size_t k = 1; k < windows.size(); ++k) {
    stages[cat(name, ".heuristic.", k, ".cost")] = recorder.calls(cat("match.", k, ".cost")).at(0);
    stages[cat("match.", name, ".heuristic.", k, ".cols")] =
        recorder.calls(cat("match.", k, ".cols")).at(0);
  }
}

NamedTensors run_novis_link(const Case& golden, const Options&) {
  NamedTensors stages;
  for (const auto& part : member(golden.config(), "parts").GetObject()) {
    std::string form = text(part.value, "form");
    if (form == "link") {
      link(stages, golden, part.name.GetString(), part.value);
    } else if (form == "average") {
      average(stages, golden, part.name.GetString(), part.value);
    } else {
      throw InputError(cat("form '", form, "' is not link or average"), "case.json");
    }
  }
  return stages;
}

const Kind kNovisLink("novis_link", run_novis_link);

}  // namespace

}  // namespace clipwork::parity
