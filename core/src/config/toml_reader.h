#pragma once
// The limits of TOML texts; clipwork/host/toml_file.h reads them.

#include <clipwork/host/toml_file.h>

#include <cstddef>

namespace clipwork {

/// Tables and lists in each other, at most; what is deeper is refused.
constexpr int kMaxConfigDepth = 32;

/// A larger file is not read as a config.
constexpr size_t kMaxConfigBytes = 4 << 20;

/// The longest path of a key, of its tables and itself.
constexpr size_t kMaxKeyBytes = 1000;

}  // namespace clipwork
