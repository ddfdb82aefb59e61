#pragma once
// A training: batches, gradients, steps, and all that it takes to go on where it stopped.

#include <clipwork/api.h>
#include <clipwork/host/learner.h>
#include <clipwork/host/weight_average.h>
#include <clipwork/samples.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// A report of one step.
struct StepReport {
  int64_t step = 0;  ///< steps done, this one included
  double rate = 0;   ///< of the optimiser, before factors of single parameters
  double loss = 0;   ///< the weighted sum
  /// Weighted, by name; the mean over parts and processes. Auxiliary layers under their own names.
  std::vector<std::pair<std::string, double>> terms;
  double gradient_norm = 0;              ///< before it is clipped
  double seconds = 0, data_seconds = 0;  ///< of the step, and how much of it waited for samples
};

/// Samples that cannot be trained on, with the error that said so.
struct RefusedBatch {
  int64_t step = 0;  ///< steps done before it
  std::string problem, where;
  std::vector<Sample> samples;
};

/// Trains a pipeline that was assembled for training, as its `[train]` says. All that is random in
/// step n is a function of (seed, n): nothing of it needs to be saved.
class CLIPWORK_API Trainer {
 public:
  struct Options {
    int64_t overfit = 0;  ///< the first so many samples again and again, always the same; 0: all
  };
  /// Pipeline and communicator outlive it. Throws InputError where there are no samples,
  /// nothing is trained, or the batch cannot be divided.
  Trainer(const Pipeline& pipeline, std::shared_ptr<const Samples> samples, Communicator& world,
          const Options& options);
  Trainer(const Pipeline& pipeline, std::shared_ptr<const Samples> samples, Communicator& world)
      : Trainer(pipeline, std::move(samples), world, Options()) {}
  ~Trainer();

  /// One step. Throws NotFinite where something is not a number; the weights are then as before,
  /// and `refused` holds the batch.
  StepReport step();
  int64_t steps_done() const;
  bool done() const;
  const std::optional<RefusedBatch>& refused() const;

  /// Forward and backward of these samples as in step `step` (from 0), without a step of the
  /// optimiser: what `step` throws for them, this throws too.
  StepReport try_samples(const std::vector<Sample>& samples, int64_t step);
  /// The samples of this process's next step.
  std::vector<Sample> next_samples();

  /// Numbers that are trained, and that are not.
  std::pair<int64_t, int64_t> parameter_counts() const;
  /// The weights to run with, under their public names: the average where one is kept.
  std::vector<CheckpointEntry> weights() const;
  /// The weights as they are now.
  std::vector<CheckpointEntry> raw_weights() const;
  /// The identity of the samples: classes, number, and the first of them.
  const std::string& data_identity() const;

  /// Writes model.safetensors (the weights to run with) and trainer.safetensors (all else that
  /// going on needs) into a folder. `facts` stand in both files' metadata.
  void save(const std::filesystem::path& folder,
            const std::map<std::string, std::string>& facts) const;
  /// Goes on from what `save` wrote, bit for bit. Throws InputError where it does not fit.
  void restore(const std::filesystem::path& folder);

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// A batch on which training stopped, with the weights of that moment, as one .safetensors file.
void write_refused_batch(const std::filesystem::path& file, const RefusedBatch& batch,
                         const std::vector<CheckpointEntry>& weights);
/// Reads one; the file serves as the checkpoint of its weights too.
RefusedBatch read_refused_batch(const std::filesystem::path& file);

}  // namespace clipwork
