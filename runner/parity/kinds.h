#pragma once
// The computation of each kind of golden case, with components from plugins as in any program.

#include <set>
#include <string>

#include "case.h"

namespace clipwork::parity {

struct Options {
  /// The packed form of every operator and the quick forms of parameters, instead of the readable
  /// ones.
  bool packed = false;
  /// The device for whole models and their training; single parts of methods are computed on the
  /// CPU.
  std::string device = "cpu";
  /// Use a model's masks as computed, including flipped pixels, in later stages.
  bool end_to_end = false;
  /// Stages that are replaced by their golden tensors on the way.
  std::set<std::string> feed;
};

/// True if a model continues with the recorded masks of this stage when no more pixels flip than
/// allowed: attention masks and IAI's id masks that are stored whole.
bool follows_recorded(const Case& golden, const Options& options, const std::string& stage);

/// Computes the stages that the case compares. Throws InputError where the kind, or something in
/// its config, is not known here.
NamedTensors run_case(const Case& golden, const Options& options);

/// One function a kind, each in kinds/KIND.cpp.
NamedTensors run_backbone(const Case& golden, const Options& options);
NamedTensors run_genvis_clip(const Case& golden, const Options& options);
NamedTensors run_condinst_head(const Case& golden, const Options& options);
NamedTensors run_iai_assign(const Case& golden, const Options& options);
NamedTensors run_iai_association(const Case& golden, const Options& options);
NamedTensors run_loss_condinst(const Case& golden, const Options& options);
NamedTensors run_loss_genvis(const Case& golden, const Options& options);
NamedTensors run_loss_matcher(const Case& golden, const Options& options);
NamedTensors run_loss_novis(const Case& golden, const Options& options);
NamedTensors run_loss_points(const Case& golden, const Options& options);
NamedTensors run_loss_set(const Case& golden, const Options& options);
NamedTensors run_loss_vita(const Case& golden, const Options& options);
NamedTensors run_minvis_match(const Case& golden, const Options& options);
NamedTensors run_model(const Case& golden, const Options& options);
NamedTensors run_novis_link(const Case& golden, const Options& options);
NamedTensors run_novis_overlap(const Case& golden, const Options& options);
NamedTensors run_preprocess(const Case& golden, const Options& options);
NamedTensors run_results(const Case& golden, const Options& options);
NamedTensors run_rule(const Case& golden, const Options& options);
NamedTensors run_train(const Case& golden, const Options& options);
NamedTensors run_vita_module(const Case& golden, const Options& options);

}  // namespace clipwork::parity
