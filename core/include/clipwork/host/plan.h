#pragma once
// A config planned: read and checked whole, before anything is built. Whoever runs, trains or shows
// a config plans it once and passes the plan on.

#include <clipwork/api.h>
#include <clipwork/decoder.h>
#include <clipwork/faults.h>
#include <clipwork/host/config.h>
#include <clipwork/host/planned_component.h>
#include <clipwork/host/sections.h>
#include <clipwork/tracker.h>

#include <memory>
#include <vector>

namespace clipwork {

/// Everything that a config says. The values of sections may be changed before a pipeline is made
/// of the plan. Copies share their components, and may be built by one thread at a time.
struct CLIPWORK_API Plan : Sections {
  /// All that is wrong with the config: with files, sections, components and their contracts. Of a
  /// plan with faults nothing can be built.
  Faults faults;
  /// Needs of the loss that nothing provides. Only training minds them: a config whose decoder was
  /// changed still runs.
  Faults training_faults;
  /// As it was given.
  Config config;
  /// With every parameter of its sections and components that it leaves out, at its default (origin
  /// "default"). Where the plan has faults, as it was given.
  Config resolved;

  /// The model, in the order in which it is built: components after those that they refer to.
  std::vector<std::shared_ptr<const PlannedComponent>> components;
  /// The loss and its parts, likewise; built for training only.
  std::vector<std::shared_ptr<const PlannedComponent>> of_loss;
  /// Those of [data.eval] and [data.train], checked but never built with the model.
  std::vector<std::shared_ptr<const PlannedComponent>> data;
  /// Elements of the lists above. Null where the config has none, or where it has a fault.
  const PlannedComponent *backbone = nullptr, *pixel_decoder = nullptr, *decoder = nullptr,
                         *tracker = nullptr, *loss = nullptr;
  /// Every picture is a video of its own: windows of one frame and a tracker that takes only one
  /// window.
  bool still_pictures = false;

  /// `faults`, and those that only training minds.
  Faults faults_for_training() const;
  const DecoderContract& decoder_contract() const;
  const TrackerContract& tracker_contract() const;
};

/// Reads a config's sections, plans its components and checks that they fit each other. Loads the
/// plugins of the search path, and those of `[plugins] path` that the user trusts
/// (`Registry::trusts`). Throws InputError where the search path
/// itself is wrong; all other faults are those of the plan.
Plan plan_pipeline(const Config& config);

}  // namespace clipwork
