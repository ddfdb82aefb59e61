#include "train/training_text.h"

#include <clipwork/host/log.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cctype>

namespace clipwork::runs {

bool is_auxiliary(const std::string& term) {
  const size_t mark = term.rfind('_');
  return mark != std::string::npos && mark + 1 < term.size() &&
         std::all_of(term.begin() + static_cast<std::ptrdiff_t>(mark) + 1, term.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

double megabytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::string losses_for_people(const StepReport& report) {
  constexpr std::string_view kFront = "loss_";
  std::vector<std::string> terms;
  for (const auto& [name, value] : report.terms) {
    if (is_auxiliary(name)) continue;
    const std::string shown = name.starts_with(kFront) ? name.substr(kFront.size()) : name;
    terms.push_back(cat(shown, " ", significant(value, 3)));
  }
  return cat("loss ", significant(report.loss, 4),
             terms.empty() ? "" : cat(" (", join(terms), ")"));
}

void check_train_section(const TrainSection& section) {
  if (section.steps < 1) {
    throw InputError("train.steps is missing: the number of training steps", "[train]",
                     "for example --set train.steps=6000");
  }
  if (section.recipe_batch > 0 && section.batch != section.recipe_batch) {
    const double scaled = section.optimizer.rate * static_cast<double>(section.batch) /
                          static_cast<double>(section.recipe_batch);
    log_warn("the batch is ", section.batch, ", but rate ", significant(section.optimizer.rate, 3),
             " and ", section.steps, " steps are meant for a batch of ", section.recipe_batch,
             section.scale_rate ? cat(": the rate is scaled to ", significant(scaled, 3))
                                : cat(": train.scale_rate = true would scale the rate to ",
                                      significant(scaled, 3)));
  }
}

namespace {

struct ClipWindows {
  int64_t count = 1, length = 0, last = 0;
};

ClipWindows windows_of(const WindowSection& window, int64_t frames) {
  const int64_t length = std::min(window.length.value_or(frames), frames);
  const int64_t behind = frames - length;
  if (behind == 0) return {1, length, length};
  const int64_t steps = (behind + window.step() - 1) / window.step();
  const bool shifted = window.last == WindowSection::Last::shift;
  return {steps + 1, length, shifted ? length : frames - steps * window.step()};
}

}  // namespace

std::string windows_for_people(const WindowSection& window, int64_t frames) {
  const ClipWindows windows = windows_of(window, frames);
  const std::string all = cat(windows.count, " of ", counted(windows.length, "frame"));
  if (windows.count == 1) return all;
  return windows.last == windows.length ? cat(all, " each")
                                        : cat(all, ", the last of ", windows.last);
}

void check_windows_of(const Samples& samples, const WindowSection& window) {
  const int64_t frames = samples.sample(0, Draw(0, "windows", 0, 0)).frames.size(0);
  const ClipWindows windows = windows_of(window, frames);
  if (windows.last == windows.length) return;
  const int64_t filled = windows.length + (windows.count - 2) * window.step();
  log_warn("the ", frames,
           " frames of a training clip make windows: ", windows_for_people(window, frames),
           "; clips of ", filled, " or ", filled + window.step(),
           " frames (data.train) would fill every window");
}

}  // namespace clipwork::runs
