#pragma once
// What training reads: samples, each a function of its numbers alone, and the loader that reads
// them ahead.

#include <clipwork/batch.h>
#include <clipwork/category.h>
#include <clipwork/component.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// Random numbers that are a function of (seed, name, epoch, sample) and of how many were drawn
/// before, the same on every machine: the number of workers or processes cannot change them.
class __attribute__((visibility("default"))) Draw {
 public:
  Draw(uint64_t seed, std::string_view name, int64_t epoch, int64_t sample);
  /// Another sequence, which depends on this one's key and the name, not on what was drawn from it.
  Draw named(std::string_view name) const;
  double uniform();                            ///< in [0, 1)
  double uniform(double low, double high);     ///< in [low, high)
  int64_t integer(int64_t low, int64_t high);  ///< in [low, high], both included, without bias
  bool chance(double probability);
  /// 0 ... count - 1 in random order.
  std::vector<int64_t> permutation(int64_t count);

 private:
  explicit Draw(uint64_t state);
  uint64_t next();
  uint64_t key_, state_;
};

/// A step of augmentation: changes a clip's frames and its targets alike, masks and boxes. Tensors
/// may be replaced or written to. What it cuts away keeps its ids: the source gives the id -1 to
/// objects without a pixel in a frame. May be called by several threads at once.
class __attribute__((visibility("default"))) Transform : public Component {
 public:
  static constexpr const char* kKind = "transform";
  ~Transform() override;
  virtual void operator()(Sample& sample, Draw& draw) const = 0;
};

/// Samples to train on: clips of a data set, or of several sources.
class __attribute__((visibility("default"))) Samples : public Component {
 public:
  static constexpr const char* kKind = "samples";
  ~Samples() override;
  virtual const std::vector<Category>& categories() const = 0;
  /// Samples of an epoch.
  virtual int64_t size() const = 0;
  /// Sample `index` of an epoch, all that is random in it from `draw`. May be called by several
  /// threads at once. Throws InputError naming the file, video or annotation that cannot be used.
  virtual Sample sample(int64_t index, Draw draw) const = 0;
};

/// The samples of one process, batch by batch, read ahead by worker threads. Sample n of the run
/// stands in epoch n / size at place n % size of that epoch's permutation; batch b of all processes
/// together has the samples [b x global, (b + 1) x global), of which process r takes the r-th part.
class __attribute__((visibility("default"))) SampleLoader {
 public:
  struct Options {
    uint64_t seed = 0;
    int64_t batch = 1;        ///< samples of this process in a batch
    int64_t first_batch = 0;  ///< where a resumed run goes on
    int64_t workers = 1;      ///< threads; 0: samples are made by who asks for them
    int64_t ahead = 2;        ///< batches that may lie ready, at most
    int64_t rank = 0, processes = 1;
    bool shuffle = true;
  };
  SampleLoader(std::shared_ptr<const Samples> samples, const Options& options);
  /// Ends the workers.
  ~SampleLoader();
  /// The next batch's samples, in order. Throws what making one of them threw.
  std::vector<Sample> next();
  /// Seconds that `next` waited for workers, all calls together.
  double waited_seconds() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace clipwork
