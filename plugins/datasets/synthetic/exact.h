#pragma once
// Numbers that are the same on every machine: only operations that IEEE 754 rounds exactly, none of
// the C library's functions and none of the standard library's distributions.

#include <cfloat>
#include <cstdint>

#ifdef __FAST_MATH__
#error "the pictures of this data set depend on exact arithmetic: compile without -ffast-math"
#endif
#if FLT_EVAL_METHOD != 0
#error "the pictures of this data set depend on exact arithmetic: use SSE2, not the x87 unit"
#endif

namespace clipwork::synthetic {

/// The sine of an angle in turns: sine(0.25) is 1. Error below 1e-6.
double sine(double turns);
double cosine(double turns);

/// A number whose bits all depend on all bits of `value` (the finaliser of SplitMix64).
inline uint64_t scrambled(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// A sequence of random numbers (SplitMix64).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(scrambled(seed + 1)) {}
  double between(double low, double high) {
    return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
  }
  int below(int count) {
    return static_cast<int>((next() >> 32) * static_cast<uint64_t>(count) >> 32);
  }
  bool chance(double probability) { return between(0, 1) < probability; }
  uint64_t next() { return scrambled(state_ += 0x9e3779b97f4a7c15); }

 private:
  uint64_t state_;
};

/// Catmull-Rom: from q (u = 0) to r (u = 1), coming from p and going on to s.
inline double through(double p, double q, double r, double s, double u) {
  return q + 0.5 * u * (r - p + u * (2 * p - 5 * q + 4 * r - s + u * (3 * (q - r) + s - p)));
}

/// Smooth noise in [0, 1] with one feature a unit, its own for each seed.
float noise(float x, float y, uint32_t seed);

}  // namespace clipwork::synthetic
