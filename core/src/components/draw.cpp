#include <clipwork/samples.h>

#include <cmath>
#include <numeric>
#include <utility>

#include "base/random_bits.h"

namespace clipwork {

namespace {

uint64_t with(uint64_t key, uint64_t part) {
  return split_mix((key ^ split_mix(part + kGolden)) + kGolden);
}

}  // namespace

Draw::Draw(uint64_t state) : key_(state), state_(state) {}

Draw::Draw(uint64_t seed, std::string_view name, int64_t epoch, int64_t sample)
    : Draw(with(with(with(split_mix(seed), fnv1a(name)), static_cast<uint64_t>(epoch)),
                static_cast<uint64_t>(sample))) {}

Draw Draw::named(std::string_view name) const { return Draw(with(key_, fnv1a(name))); }

uint64_t Draw::next() { return split_mix(state_ += kGolden); }

double Draw::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

double Draw::uniform(double low, double high) {
  if (!(low < high)) return low;
  const double value = low + (high - low) * uniform();
  // Rounding may give the upper end itself.
  return value < high ? value : std::nextafter(high, low);
}

int64_t Draw::integer(int64_t low, int64_t high) {
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low) + 1;
  uint64_t value = next();
  if (range != 0) {
    // The first 2^64 mod range numbers would make the smallest results too frequent.
    while (value < (0 - range) % range) value = next();
    value %= range;
  }
  return static_cast<int64_t>(static_cast<uint64_t>(low) + value);
}

bool Draw::chance(double probability) { return uniform() < probability; }

std::vector<int64_t> Draw::permutation(int64_t count) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(integer(0, i))]);
  }
  return order;
}

}  // namespace clipwork
