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

}  // namespace clipwork::runs
