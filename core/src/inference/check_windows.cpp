#include "inference/check_windows.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include "inference/check_contracts.h"

namespace clipwork {

namespace {

/// "of 4 frames"
std::string words(const WindowSection& window) {
  if (!window.length) return "over the whole video";
  return cat("of ", counted(*window.length, "frame"));
}

/// "1 frame", "1 to 5 frames", "2 or more frames"
std::string lengths(const WindowContract& contract) {
  const int64_t least = contract.min_window, most = contract.max_window;
  if (most == 0) return cat(least, " or more frames");
  if (most > least) return cat(least, " to ", most, " frames");
  return counted(most, "frame");
}

/// Trackers that link the windows of this plan's decoder, whether or not these share frames.
std::string linking_trackers(const Plan& plan) {
  std::vector<std::string> available = plan.decoder->contract->provided();
  for (std::string& name : map_names(plan.tracker->given)) available.push_back(std::move(name));
  return join_or_nothing(
      fitting(Tracker::kKind, plan.tracker->given, [&](const Contract& contract) {
        return covers(available, contract.needs) &&
               !dynamic_cast<const TrackerContract&>(contract).one_window;
      }));
}

void check_stride(const WindowSection& window, const Value& root, const Origin& section,
                  Faults& faults) {
  const Value* stride = root.find("window.stride");
  const Origin& at = stride ? stride->origin() : section;
  if (!window.length && window.stride) {
    faults.add(at, "window.stride has no meaning with length = \"video\"",
               "remove it, or set window.length to a number");
  } else if (window.length && window.step() > *window.length) {
    faults.add(at,
               cat("window.stride ", window.step(), " is longer than window.length ",
                   *window.length, ": frames between windows would be lost"),
               cat("use a stride of 1 to ", *window.length));
  }
}

void check_length(const PlannedComponent& component, const WindowContract& contract,
                  const WindowSection& window, const Origin& section, Faults& faults) {
  const bool too_long =
      contract.max_window > 0 && (!window.length || *window.length > contract.max_window);
  const bool too_short = window.length && *window.length < contract.min_window;
  if (!too_long && !too_short) return;
  faults.add(section, cat(component.called(), " accepts windows of ", lengths(contract),
                          ", not windows ", words(window)));
}

/// A tracker that compares frames that windows share, where they share none.
void check_shared_frames(const Plan& plan, Faults& faults) {
  const WindowSection& window = plan.window;
  if (!covers(plan.tracker_contract().needs, {kSharedFrames})) return;
  if (!window.length || window.step() != *window.length) return;
  faults.add(plan.tracker->origin,
             cat(plan.tracker->called(), " compares frames that windows share, but windows ",
                 words(window), " every ", window.step(), " share none"),
             cat("make window.stride shorter than window.length, let the tracker compare something "
                 "else, or use a tracker that fits ",
                 plan.decoder->called(), ": ", linking_trackers(plan)));
}

/// A tracker that takes a single window, where there are several with rows that must be linked.
void check_one_window(const Plan& plan, Faults& faults) {
  if (!plan.tracker_contract().one_window || !plan.window.length) return;
  if (plan.still_pictures || plan.decoder_contract().carries_rows) return;
  faults.add(
      plan.tracker->origin,
      cat(plan.tracker->called(), " needs the whole video as one window, but the windows here are ",
          words(plan.window)),
      cat("set window.length = \"video\", or use a tracker that links the windows of ",
          plan.decoder->called(), ": ", linking_trackers(plan)));
}

}  // namespace

void check_windows(Plan& plan) {
  const Value& root = plan.config.tree();
  const Value* section = root.find("window");
  const Origin& at = section ? section->origin() : root.origin();
  check_stride(plan.window, root, at, plan.faults);
  if (!plan.decoder || !plan.tracker) return;
  check_length(*plan.decoder, plan.decoder_contract(), plan.window, at, plan.faults);
  check_length(*plan.tracker, plan.tracker_contract(), plan.window, at, plan.faults);
  check_shared_frames(plan, plan.faults);
  check_one_window(plan, plan.faults);
}

}  // namespace clipwork
