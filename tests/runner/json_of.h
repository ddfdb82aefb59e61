#pragma once
// JSON files that programs write.

#include <rapidjson/document.h>

#include "support.h"

namespace clipwork::test {

/// The document in a file, numbers to the last bit. A failure of the test where it is not JSON.
inline rapidjson::Document json_of(const std::filesystem::path& file) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseFullPrecisionFlag>(read_file(file).c_str());
  EXPECT_FALSE(json.HasParseError()) << file;
  return json;
}

}  // namespace clipwork::test
