#include <ATen/CPUGeneratorImpl.h>
#include <clipwork/host/device.h>
#include <clipwork/host/process_state.h>
#include <clipwork/testing/contract_suite.h>
#include <clipwork/testing/data.h>
#include <clipwork/testing/difference.h>
#include <clipwork/text.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "exercises/exercise.h"

namespace clipwork::test {

namespace {

using suite::Exercise;
using suite::Trial;
using suite::Use;

/// Three objects that cross, one of which comes late and one of which leaves.
std::vector<SceneObject> moving_objects() {
  const auto circle = SceneObject::Shape::circle;
  return {{.x = 12, .y = 14, .width = 14, .height = 10, .dx = 3, .category = 1},
          {.shape = circle, .x = 44, .y = 30, .width = 15, .dx = -3, .category = 2, .last = 3},
          {.x = 30, .y = 36, .width = 9, .height = 12, .dy = -2, .first = 2}};
}

const std::vector<Trial>& trials() {
  static const std::vector<Trial> all = {
      {"ordinary video", Scene({48, 64}, moving_objects()), 5, 1},
      {"one frame", Scene({48, 64}, moving_objects()), 1, 2},
      {"no objects", Scene({48, 64}), 4, 3},
      {"odd sizes", Scene({41, 67}, moving_objects()), 4, 4},
  };
  return all;
}

/// Another video, to come between.
const Trial& other_trial() {
  static const Trial other = {
      "ordinary video",
      Scene({48, 64}, {{.x = 40, .y = 20, .width = 20, .height = 16, .dx = -4, .category = 2},
                       {.x = 10, .y = 10, .width = 8, .height = 9, .dx = 1, .dy = 4}}),
      5, 9};
  return other;
}

/// A reason not to make a check.
struct Skipped {
  std::string reason;
};

/// The suite on one component.
class ContractCheck {
 public:
  ContractCheck(const std::string& kind, const std::string& name, const ContractSetup& setup)
      : setup_(with_output(kind, setup)),
        tested_(kind, name, setup_.parameters, setup_.given),
        exercise_(suite::make_exercise(tested_, setup_)) {}

  ContractReport run() {
    const ProcessState state;
    const Tensor random = default_random_state();
    check("description", [&] { return description(); });
    check("construction", [&] { return construction(); });
    if (exercise_) {
      for (const Trial& trial : trials()) {
        check(trial.name == trials()[0].name ? "contract" : cat("contract, ", trial.name),
              [&] { return uses(trial); });
      }
      check("gradients", [&] { return gradients(); });
      check("determinism", [&] { return determinism(); });
      check("videos", [&] { return videos(); });
      check("streams", [&] { return streams(); });
      check("threads", [&] { return threads(); });
      check("cuda", [&] { return cuda(); });
    }
    check("process", [&] {
      std::string changes = join(state.restore(), "\n");
      if (!difference(default_random_state(), random).empty()) {
        changes += "changed LibTorch's default random generator; draw from Context::random";
      }
      return changes;
    });
    return std::move(report_);
  }

 private:
  void check(const std::string& name, const std::function<std::string()>& action) {
    std::string fault;
    try {
      fault = action();
    } catch (const Skipped& skipped) {
      report_.skipped.push_back(cat(name, ": ", skipped.reason));
      return;
    } catch (const std::exception& error) {
      fault = cat("it threw: ", error.what());
    }
    if (fault.empty()) {
      report_.held.push_back(name);
    } else {
      report_.faults.push_back(cat(name, ": ", indented(fault, "  ")));
    }
  }

  std::string description() const {
    const ComponentInfo& info = tested_.info();
    if (info.sentence.empty()) return "expected a sentence about the component, found none";
    Describer describer;
    info.describe(describer);
    std::vector<std::string> problems = describer.mistakes();
    Value defaults = setup_.parameters;
    for (const ParameterInfo& parameter : describer.parameters()) {
      if (parameter.sentence.empty()) {
        problems.push_back(cat("parameter '", parameter.name, "' has no sentence"));
      }
      if (!parameter.default_value.is_none() && !defaults.member(parameter.name) &&
          parameter.kind.empty()) {
        defaults.set(parameter.name, parameter.default_value);
      }
    }
    TestedComponent(info.kind, info.full_name(), defaults, setup_.given);
    return join(problems, "\n");
  }

  std::string construction() const {
    const ComponentInfo& info = tested_.info();
    if (info.kind != "sink") tested_.make();
    constexpr const char* kUnknown = "a_parameter_that_nobody_has";
    Value parameters = setup_.parameters;
    parameters.set(kUnknown, 1);
    try {
      TestedComponent(info.kind, info.full_name(), parameters, setup_.given);
    } catch (const InputError& error) {
      if (std::string(error.what()).find(kUnknown) != std::string::npos) return {};
      return cat("expected an error about the parameter ", kUnknown, ", found: ", error.what());
    }
    return cat("expected the unknown parameter ", kUnknown, " to be refused");
  }

  void require(const Trial& trial) const {
    if (const std::string reason = exercise_->obstacle(trial); !reason.empty()) {
      throw Skipped{reason};
    }
  }

  std::shared_ptr<Component> instance(c10::Device device = c10::kCPU) const {
    return tested_.info().kind == "sink" ? nullptr : tested_.make(device);
  }

  static std::unique_ptr<Use> whole(std::unique_ptr<Use> use) {
    while (use->step()) {
    }
    return use;
  }

  Tensors outputs(const std::shared_ptr<Component>& component, const Trial& trial) const {
    return whole(exercise_->begin(component, trial))->outputs;
  }

  std::string uses(const Trial& trial) const {
    require(trial);
    const std::unique_ptr<Use> use = whole(exercise_->begin(instance(), trial));
    return join(use->faults, "\n");
  }

  std::string gradients() const {
    require(trials()[0]);
    const std::optional<std::string> text = exercise_->gradient_difference(instance(), trials()[0]);
    if (!text) throw Skipped{"the kind has no gradients of its own"};
    return *text;
  }

  std::string determinism() const {
    require(trials()[0]);
    return difference(outputs(instance(), trials()[0]), outputs(instance(), trials()[0]));
  }

  std::string videos() const {
    require(trials()[0]);
    if (!exercise_->reusable()) throw Skipped{"each component is one video"};
    const std::shared_ptr<Component> component = instance();
    const Tensors first = outputs(component, trials()[0]);
    outputs(component, other_trial());
    return difference(outputs(component, trials()[0]), first);
  }

  std::string streams() const {
    require(trials()[0]);
    const bool reusable = exercise_->reusable();
    const std::shared_ptr<Component> component = instance(),
                                     second = reusable ? component : instance();
    const std::unique_ptr<Use> a = exercise_->begin(component, trials()[0]),
                               b = exercise_->begin(second, other_trial());
    bool more_a = true, more_b = true;
    while (more_a || more_b) {
      more_a = more_a && a->step();
      more_b = more_b && b->step();
    }
    const auto alone = [&](const Trial& trial, const Use& use) {
      return difference(use.outputs, outputs(instance(), trial));
    };
    const std::string text = alone(trials()[0], *a);
    return text.empty() ? alone(other_trial(), *b) : text;
  }

  std::string threads() const {
    require(trials()[0]);
    if (!exercise_->concurrent()) throw Skipped{"the kind is never called by two threads at once"};
    const std::shared_ptr<Component> component = instance();
    return difference_among_threads([&] { return outputs(component, trials()[0]); });
  }

  std::string cuda() const {
    require(trials()[0]);
    if (!exercise_->on_device()) throw Skipped{"the kind runs on the CPU"};
    if (!tested_.contract().cuda) throw Skipped{"the contract says that it runs on the CPU only"};
    if (!std::filesystem::exists("/dev/nvidiactl")) throw Skipped{"this machine has no GPU"};
    const c10::Device device = parse_device("cuda");
    open_device(device);
    Trial trial = trials()[0];
    const Tensors expected = outputs(instance(), trial);
    trial.device = device;
    double largest = 1;
    for (const Tensors::Entry& entry : expected.entries) {
      if (entry.value.numel() == 0) continue;
      largest = std::max(largest, entry.value.abs().max().to(at::kDouble).item<double>());
    }
    return difference(outputs(instance(device), trial), expected, {1e-3 * largest});
  }

  /// A sink is planned with its output, and opened where a use says.
  static ContractSetup with_output(const std::string& kind, ContractSetup setup) {
    if (kind == "sink") setup.parameters.set(setup.output.first, setup.output.second);
    return setup;
  }

  static Tensor default_random_state() {
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard lock(generator.mutex());
    return generator.get_state();
  }

  const ContractSetup setup_;
  const TestedComponent tested_;
  const std::unique_ptr<Exercise> exercise_;
  ContractReport report_;
};

}  // namespace

std::string ContractReport::text() const {
  std::string text;
  for (const std::string& fault : faults) text += cat("FAULT   ", fault, "\n");
  for (const std::string& name : held) text += cat("held    ", name, "\n");
  for (const std::string& name : skipped) text += cat("skipped ", name, "\n");
  return text;
}

ContractReport check_contract(const std::string& kind, const std::string& name,
                              const ContractSetup& setup) {
  return ContractCheck(kind, name, setup).run();
}

}  // namespace clipwork::test
