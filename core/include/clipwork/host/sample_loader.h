#pragma once
// Reads the samples of a training ahead.

#include <clipwork/api.h>
#include <clipwork/samples.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace clipwork {

/// The samples of one process, batch by batch, read ahead by worker threads. Sample n of the run
/// stands in epoch n / size at place n % size of that epoch's permutation; batch b of all processes
/// together has the samples [b x global, (b + 1) x global), of which process r takes the r-th part.
class CLIPWORK_API SampleLoader {
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
