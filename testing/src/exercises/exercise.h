#pragma once
// How the contract suite uses a component of each kind: step by step, so that it can let two uses
// take turns.

#include <ATen/core/Tensor.h>
#include <clipwork/context.h>
#include <clipwork/error.h>
#include <clipwork/testing/contract_suite.h>
#include <clipwork/testing/scene.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork::test::suite {

/// The input of one use.
struct Trial {
  std::string name;
  Scene scene;
  int64_t frames = 1;
  uint64_t seed = 1;
  c10::Device device = c10::kCPU;
};

/// One use of a component: a video, a pass over a data set.
class Use {
 public:
  virtual ~Use() = default;
  /// Takes the next step; false where there is none left.
  virtual bool step() = 0;

  Tensors outputs;                  ///< all that came out, by step and name
  std::vector<std::string> faults;  ///< where it was not what the kind or the contract says

 protected:
  /// Adds a fault unless `holds`: "STEP: expected X, found Y".
  template <class... Parts>
  bool expect(bool holds, const Parts&... parts) {
    if (!holds) faults.push_back(cat(parts...));
    return holds;
  }
  /// Expects a defined tensor of this shape, -1 for any size, and of this type where one is given.
  bool expect_shape(const std::string& what, const Tensor& tensor,
                    const std::vector<int64_t>& shape, std::optional<at::ScalarType> type = {});
  /// The same, and that all values are finite.
  bool expect_numbers(const std::string& what, const Tensor& tensor,
                      const std::vector<int64_t>& shape);
};

/// A way to use the components of one kind.
class Exercise {
 public:
  virtual ~Exercise() = default;
  virtual std::unique_ptr<Use> begin(const std::shared_ptr<Component>& component,
                                     const Trial& trial) const = 0;
  /// Why this trial cannot be made with the component; empty where it can.
  virtual std::string obstacle(const Trial&) const { return {}; }
  /// One component serves several videos; false: it is the video (sources, sinks).
  virtual bool reusable() const { return true; }
  /// Several threads may call it at once.
  virtual bool concurrent() const { return false; }
  /// It runs where the model runs.
  virtual bool on_device() const { return false; }
  /// The difference of its gradients from finite differences; none where the kind has no gradients.
  virtual std::optional<std::string> gradient_difference(const std::shared_ptr<Component>&,
                                                         const Trial&) const {
    return {};
  }
};

/// The exercise for the component's kind; null for a kind that a plugin declares. `tested` and
/// `setup` outlive it.
std::unique_ptr<Exercise> make_exercise(const TestedComponent& tested, const ContractSetup& setup);

std::unique_ptr<Exercise> model_exercise(const TestedComponent& tested);
std::unique_ptr<Exercise> decoder_exercise(const TestedComponent& tested);
std::unique_ptr<Exercise> tracker_exercise(const TestedComponent& tested,
                                           const ContractSetup& setup);
std::unique_ptr<Exercise> loss_exercise(const TestedComponent& tested, const ContractSetup& setup);
std::unique_ptr<Exercise> data_exercise(const TestedComponent& tested);
std::unique_ptr<Exercise> picture_exercise(const TestedComponent& tested,
                                           const ContractSetup& setup);

/// Values between -1 and 1, a function of shape and phase alone.
Tensor waves(at::IntArrayRef shape, double phase, c10::Device device = c10::kCPU);
/// True if the contract needs this name.
bool needs(const Contract& contract, const std::string& name);
/// True if the contract gives this name.
bool gives(const Contract& contract, const std::string& name);
/// Why a component with these needs cannot be used by hand: names that are neither maps nor in
/// `known`; empty where there are none.
std::string unknown_needs(const std::vector<std::string>& needs,
                          const std::vector<std::string>& known, const char* remedy);

/// A window of a video that is cut as a contract asks for.
struct Span {
  int64_t first = 0, length = 1;
  int head = 0, tail = 0;
};
/// Windows of at most three frames, or as many as the contract allows; sharing a frame each where
/// `shares` and they are longer than one.
std::vector<Span> spans_of(const WindowContract& contract, int64_t frames, bool shares);

}  // namespace clipwork::test::suite
