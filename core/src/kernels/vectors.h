#pragma once
// Vectors of CLIPWORK_LANES floats (4, 8 or 16) in GCC's vector extension, and what the kernels do
// with them; see kernels_body.h.

#include <cstdint>

namespace clipwork {
namespace {

constexpr int kLanes = CLIPWORK_LANES;

typedef float Vector __attribute__((vector_size(4 * kLanes)));
typedef int32_t Integers __attribute__((vector_size(4 * kLanes)));
typedef float Vector4 __attribute__((vector_size(16)));
typedef uint8_t Bytes __attribute__((vector_size(kLanes)));
typedef double Doubles __attribute__((vector_size(4 * kLanes)));
typedef float HalfVector __attribute__((vector_size(2 * kLanes)));

template <class V, class T>
inline V load(const T* from) {
  V value;
  __builtin_memcpy(&value, from, sizeof(V));
  return value;
}
inline Vector load(const float* from) { return load<Vector>(from); }

template <class V, class T>
inline void store(T* to, V value) {
  __builtin_memcpy(to, &value, sizeof(V));
}

// x - 0 is x for every x, which x + 0 is not.
inline Vector all(float value) { return value - Vector{}; }

template <class To, class From>
inline To bits_of(From value) {
  To bits;
  static_assert(sizeof(To) == sizeof(From));
  __builtin_memcpy(&bits, &value, sizeof(To));
  return bits;
}

inline Vector smaller(Vector a, Vector b) { return a < b ? a : b; }
inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }
inline Integers smaller(Integers a, Integers b) { return a < b ? a : b; }
inline Integers larger(Integers a, Integers b) { return a > b ? a : b; }

struct Add {
  template <class V>
  V operator()(V a, V b) const {
    return a + b;
  }
};
struct Largest {
  template <class V>
  V operator()(V a, V b) const {
    return a > b ? a : b;
  }
};

template <class Join>
inline float join_lanes(Vector4 v, Join join) {
  return join(join(v[0], v[1]), join(v[2], v[3]));
}
#if CLIPWORK_LANES >= 8
typedef float Vector8 __attribute__((vector_size(32)));
template <class Join>
inline float join_lanes(Vector8 v, Join join) {
  return join_lanes(
      join(__builtin_shufflevector(v, v, 0, 1, 2, 3), __builtin_shufflevector(v, v, 4, 5, 6, 7)),
      join);
}
#endif
#if CLIPWORK_LANES == 16
template <class Join>
inline float join_lanes(Vector v, Join join) {
  return join_lanes(join(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                         __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)),
                    join);
}
#endif

inline Integers lane_numbers() {
  Integers lanes;
  for (int i = 0; i < kLanes; ++i) lanes[i] = i;
  return lanes;
}

}  // namespace
}  // namespace clipwork
