#pragma once
// Members of JSON entries, with errors that say where: "annotations[3], video_id: expected an
// integer, found 'x'".

#include <clipwork/error.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "data/json_list.h"

namespace clipwork {

/// Throws InputError: "expected EXPECTED, found FOUND".
[[noreturn]] void unexpected(const JsonValue& found, std::string_view expected,
                             const std::string& advice = {});

/// Calls `read` and returns its result; its InputErrors get `place`, the name of a member.
template <class Read>
decltype(auto) within(std::string_view place, Read&& read) {
  try {
    return read();
  } catch (InputError& error) {
    error.within(place);
    throw;
  }
}

/// The member of that name. Throws InputError where the entry has none.
JsonValue required(const JsonValue& entry, const char* key, const std::string& advice = {});

/// The value as an integer; as in Python, 1.0 is one. Throws InputError where it is not.
int64_t integer(const JsonValue& value);
/// The same of the member of that name.
int64_t required_integer(const JsonValue& entry, const char* key);
/// The value as the id of an entry: an integer, or one as text, "12". Throws InputError where it is
/// neither.
int64_t identifier(const JsonValue& value);
/// The same of the member of that name.
int64_t required_identifier(const JsonValue& entry, const char* key);

/// Whether Python takes the value for false: null, false, 0, an empty string, list or object.
bool is_falsy(const JsonValue& value);

/// Calls `each` with the entries of a list, which is the member `key`. Throws InputError where it
/// is not a list; errors of an entry get its place, "areas[2]".
template <class Each>
void each_entry(const JsonValue& list, const char* key, Each&& each) {
  if (!list.is(JsonValue::Kind::array)) within(key, [&] { unexpected(list, "a list"); });
  int64_t index = 0;
  list.entries([&](const JsonValue& entry) {
    try {
      each(entry);
    } catch (InputError& error) {
      error.within(cat(key, "[", index, "]"));
      throw;
    }
    ++index;
  });
}

}  // namespace clipwork
