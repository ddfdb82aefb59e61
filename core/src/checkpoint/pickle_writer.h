#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace clipwork::pickle {

/// Writes a pickle of protocol 2, value by value, as Python's own pickler would lay it out without
/// its memo.
class Writer {
 public:
  Writer();
  void text(std::string_view value);
  void integer(int64_t value);
  void truth(bool value);
  void global(std::string_view module, std::string_view name);
  void empty_dict();
  /// Begins a tuple, or the pairs of a dict.
  void mark();
  /// Makes a tuple of what came since the mark.
  void tuple();
  /// Puts what came since the mark, keys and values in turn, into the dict before it.
  void set_items();
  /// Calls the global below the tuple on top with it.
  void reduce();
  /// Replaces the tuple on top by what it is the persistent id of.
  void persistent();
  /// The whole pickle.
  std::string finish();

 private:
  std::string bytes_;
};

}  // namespace clipwork::pickle
