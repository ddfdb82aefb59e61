#pragma once
// The contract suite: what every component of a kind promises, checked on any component of a loaded
// plugin.

#include <clipwork/loss_term.h>
#include <clipwork/testing/component.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork::test {

/// What a component needs of a test besides its name. Defaults serve where all its parameters have
/// defaults, and all names in its contract are those of docs/glossary.md.
struct ContractSetup {
  Value parameters = Value::table();
  Given given = usual_neighbours();
  /// Adds what the contract needs under names of the author's own to a prediction that a tracker or
  /// a loss is given (to `more`, with a row for each of its rows).
  std::function<void(ClipPrediction&)> complete_prediction;
  /// The same for the layer that a loss term is given.
  std::function<void(Layer&)> complete_layer;
  /// Of a sink: the parameter that names its output, and the name of the file or folder.
  std::pair<std::string, std::string> output = {"path", "out"};
  /// Of a picture reader: files that it reads. Empty: PNM files that the suite writes.
  std::vector<std::string> pictures;
};

/// The outcome of the suite on one component.
struct ContractReport {
  std::vector<std::string> held;     ///< names of the checks that held
  std::vector<std::string> skipped;  ///< "CHECK: why it was not made"
  std::vector<std::string> faults;   ///< "CHECK: what was expected and what was found"
  /// One line for each check.
  std::string text() const;
};

/// Runs every check that the kind has:
///
/// * "description": the component and its parameters are described, its defaults are accepted;
/// * "construction": it is built from its parameters, and an unknown parameter is refused;
/// * "contract": what the contract says it provides is there, in the documented shapes, in an
///   ordinary video, and in one of a single frame ("one frame"), without objects ("no objects") and
///   of odd height and width ("odd sizes");
/// * "gradients": a loss term's gradients are those of finite differences;
/// * "determinism": two instances give the same for the same seed, bit for bit (sinks: files of the
///   same names);
/// * "videos": nothing is kept from one video to the next;
/// * "streams": two videos that take turns give the same as one after the other;
/// * "threads": calls from several threads at once give the same, for kinds that allow them;
/// * "process": locale, signal handlers, thread count, default type, random generator ... stay;
/// * "cuda": a GPU, where there is one, gives the same within 1e-3 of the largest value.
///
/// Of a kind that a plugin declares, only the first two and "process" are checked.
ContractReport check_contract(const std::string& kind, const std::string& name,
                              const ContractSetup& setup = {});

}  // namespace clipwork::test
