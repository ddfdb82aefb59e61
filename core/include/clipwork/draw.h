#pragma once
// Random numbers of training samples.

#include <clipwork/api.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace clipwork {

/// Random numbers that are a function of (seed, name, epoch, sample) and of how many were drawn
/// before, the same on every machine: the number of workers or processes cannot change them.
class CLIPWORK_API Draw {
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

}  // namespace clipwork
