#pragma once
// The base of all components: a contract that is checked before anything is built, and, where a
// component has them, weights and state.

#include <clipwork/api.h>
#include <clipwork/context.h>
#include <clipwork/features.h>
#include <clipwork/memo.h>
#include <clipwork/prediction.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace torch::nn {
class Module;
}

namespace clipwork {

/// A map that a component gives: its name ("res5"), channels, and stride of the padded picture.
struct MapInfo {
  std::string name;
  int64_t channels = 0, stride = 0;
};

/// The maps and classes that a component finds; known before anything is built.
struct Given {
  std::vector<MapInfo> maps;
  int64_t classes = 0;  ///< K, without "none"
  const MapInfo* find(std::string_view map) const;
};

/// The names that a component needs of its neighbours, and those that it provides: `map:res5`,
/// `memo:tokens`, `start.queries`, `embeddings`, `embeddings.tail`, `id_scores`, `masks`,
/// `observation`. All contracts of a pipeline are checked before anything is built or loaded. Kinds
/// that promise more have contracts of their own (`Decoder::Contract`). Threads: a component's
/// calls are never made by two threads at once, but the thread may change from call to call.
struct CLIPWORK_API Contract {
  virtual ~Contract();
  std::vector<std::string> needs, gives;
  /// The maps that it provides (backbone, pixel decoder).
  std::vector<MapInfo> maps;
  /// Runs on CUDA devices too.
  bool cuda = true;

  /// All names that it provides: `gives`, and those that its other members imply ("rows.fixed").
  virtual std::vector<std::string> provided() const;
  /// The contract in words, a sentence each.
  virtual std::vector<std::string> sentences() const;
};

/// The contract of a component that is called window by window.
struct CLIPWORK_API WindowContract : Contract {
  ~WindowContract() override;
  /// The fewest and the most frames that a window may have; 0: any number.
  int64_t min_window = 1, max_window = 0;
  /// The state that it carries from window to window, in words; empty: none.
  std::string state;

  std::vector<std::string> provided() const override;
  std::vector<std::string> sentences() const override;
};

/// The conditions under which inference runs; passed once to every component when a pipeline is
/// assembled for it.
struct Inference {
  bool plain = false;  ///< keep the readable form: nothing folded, packed or fused
  /// Convolutions of 3x3 by Winograd's algorithm where it is the faster: fewer products, rounded
  /// otherwise.
  bool winograd = true;
};

/// The state that a component carries from window to window of one video; never a member variable
/// of the component.
struct CLIPWORK_API State {
  virtual ~State();
};

/// The names of a component's parameters in published checkpoints.
struct WeightNames {
  /// An RE2 expression searched in the full name, and its replacement: $1 to $9 are its groups.
  using Rename = std::pair<std::string, std::string>;
  std::string prefix;  ///< before the module's own names: "sem_seg_head.predictor."
  /// Names of older or other checkpoints to the present ones, applied in order.
  std::vector<Rename> renames;
  /// The module's own names to the published ones where these differ ("conv1.norm." to "bn1."),
  /// applied in order.
  std::vector<Rename> published;
  /// Regular expressions (RE2) of parameters that begin a training as they were built.
  std::vector<std::string> as_built = {};
};

/// A part of a pipeline. Each kind of component derives an abstract class from it.
class CLIPWORK_API Component {
 public:
  /// The contract of the kind; kinds that promise more name their own.
  using Contract = clipwork::Contract;
  virtual ~Component();
  /// The module whose parameters are loaded, trained and saved; null where there is none.
  virtual torch::nn::Module* weights();
  virtual WeightNames weight_names() const;
  /// Makes the packed form of what the component owns. The parameters themselves stay as they are.
  virtual void prepare(const Inference& inference);
};

}  // namespace clipwork
