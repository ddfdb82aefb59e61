#pragma once
// What all components have in common: a contract that is checked before anything is built, perhaps
// weights, perhaps state.

#include <clipwork/context.h>
#include <clipwork/features.h>
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

/// What a component's neighbours give it; known before anything is built.
struct Given {
  std::vector<MapInfo> maps;
  int64_t classes = 0;  ///< K, without "none"
  const MapInfo* find(std::string_view map) const;
};

/// What a component needs and gives. Names are `map:res5`, `memo:tokens`, `start.queries`,
/// `embeddings`, `embeddings.tail`, `id_scores`, `masks`, `observation`. All contracts of a
/// pipeline are checked before anything is built or loaded. Threads: a component's calls are never
/// made by two threads at once, but the thread may change from call to call.
struct Contract {
  std::vector<std::string> needs, gives;
  std::vector<MapInfo> maps;  ///< the maps it gives (backbone, pixel decoder)
  enum class Rows {
    fixed,
    varying
  } rows = Rows::fixed;     ///< fixed: row i is the same query in every window
  int64_t min_window = 1;   ///< frames a window must have
  int64_t max_window = 0;   ///< 0: any number
  bool one_window = false;  ///< takes only a video that is one window
  bool independent =
      false;  ///< windows do not depend on each other: several may be decoded as one batch
  bool carries_rows = false;  ///< tracker: row i of every window is track i by construction
  bool defers = false;        ///< tracker: speaks only in `finish`; nothing settles before
  bool trains = false;        ///< tracker: takes part in training
  std::string state;          ///< what it carries from window to window, in words; empty: nothing
  bool cuda = true;           ///< runs on CUDA devices too
};

/// How inference will run, told once to every component when a pipeline is assembled for it.
struct Inference {
  bool plain = false;  ///< keep the readable form: nothing folded, packed or fused
  /// Convolutions of 3x3 by Winograd's algorithm where it is the faster: fewer products, rounded
  /// otherwise.
  bool winograd = true;
};

/// What a component carries from window to window of one video; never a member variable of the
/// component.
struct __attribute__((visibility("default"))) State {
  virtual ~State();
};

/// How the parameters of a component are called in published checkpoints.
struct WeightNames {
  /// A regular expression that is searched in the full name, and its replacement.
  using Rename = std::pair<std::string, std::string>;
  std::string prefix;  ///< before the module's own names: "sem_seg_head.predictor."
  /// Names of older or other checkpoints to the present ones, applied in order.
  std::vector<Rename> renames;
  /// The module's own names to the published ones where these differ ("conv1.norm." to "bn1."),
  /// applied in order.
  std::vector<Rename> published;
  /// Regular expressions of parameters that begin a training as they were built.
  std::vector<std::string> as_built = {};
};

class __attribute__((visibility("default"))) Component {
 public:
  virtual ~Component();
  /// The module whose parameters are loaded, trained and saved; null where there is none.
  virtual torch::nn::Module* weights();
  virtual WeightNames weight_names() const;
  /// Makes the packed form of what the component owns. The parameters themselves stay as they are.
  virtual void prepare(const Inference& inference);
};

}  // namespace clipwork
