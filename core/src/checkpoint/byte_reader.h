#pragma once

#include <clipwork/error.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace clipwork {

/// Reads little-endian numbers and runs of bytes from a part of a file, and says where it stands
/// when the bytes end too early.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, std::string where, size_t position = 0)
      : bytes_(bytes), where_(std::move(where)), position_(position) {}

  size_t position() const { return position_; }
  size_t size() const { return bytes_.size(); }
  size_t left() const { return bytes_.size() - position_; }

  template <class Number>
  Number take() {
    static_assert(std::is_arithmetic_v<Number>);
    std::string_view bytes = take_bytes(sizeof(Number));
    Number value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view take_bytes(uint64_t count) {
    if (count > left()) {
      refuse(cat("needs ", count, " bytes, but only ", left(), " are left"));
    }
    std::string_view bytes = bytes_.substr(position_, count);
    position_ += count;
    return bytes;
  }
  /// Up to a line's end, which is taken too.
  std::string_view take_line() {
    size_t end = bytes_.find('\n', position_);
    if (end == std::string_view::npos) refuse("has an unterminated line");
    std::string_view line = bytes_.substr(position_, end - position_);
    position_ = end + 1;
    return line;
  }

  [[noreturn]] void refuse(const std::string& problem) const { refuse(problem, position_); }
  [[noreturn]] void refuse(const std::string& problem, size_t position,
                           const std::string& advice = {}) const {
    throw InputError(problem, cat(where_, ", byte ", position), advice);
  }

 private:
  std::string_view bytes_;
  std::string where_;
  size_t position_;
};

}  // namespace clipwork
