#pragma once
// From a config to components: checked whole before anything is built.

#include <clipwork/decoder.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>
#include <clipwork/ref.h>
#include <clipwork/tracker.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace clipwork {

/// A component that a config asks for.
struct PlannedComponent {
  std::string place;  ///< "model.decoder"
  Origin origin;
  const ComponentInfo* info = nullptr;
  std::shared_ptr<void> parameters;
  std::vector<std::pair<std::string, RefBase*>> references;
  std::vector<PlannedComponent*>
      referred;  ///< in the order of `references`; null where one is faulty
  Given given;
  std::shared_ptr<const Contract> contract;
  std::shared_ptr<Component> built;
};

/// Everything that a config says, read and checked.
struct Plan {
  const DecoderContract& decoder_contract() const;
  const TrackerContract& tracker_contract() const;

  WindowSection window;
  TracksSection tracks;
  ClassesSection classes;
  WeightsSection weights;
  MemorySection memory;
  RunSection run;
  OutputSection output;
  PluginsSection plugins;
  Preprocess preprocess;
  TrainSection train;
  /// Components in the order in which they are built.
  std::vector<std::unique_ptr<PlannedComponent>> components;
  /// What [data.eval] and [data.train] name, checked but not opened: a pipeline does without it.
  std::vector<std::unique_ptr<PlannedComponent>> data;
  PlannedComponent *backbone = nullptr, *pixel_decoder = nullptr, *decoder = nullptr,
                   *tracker = nullptr;
  /// The loss and its parts, the referred ones first; built for training only.
  std::vector<std::unique_ptr<PlannedComponent>> of_loss;
  PlannedComponent* loss = nullptr;
  /// Every picture is a video of its own: windows of one frame and a tracker that takes only one
  /// window.
  bool still_pictures = false;
};

/// Reads sections and components and checks all contracts, collecting faults. Builds nothing.
Plan plan_pipeline(const Config& config, Faults& faults);

/// Builds the planned components, referred ones first.
void build_components(const std::vector<std::unique_ptr<PlannedComponent>>& components);

}  // namespace clipwork
