#pragma once
// JSON texts that are small enough for a document.

#include <rapidjson/fwd.h>

#include <optional>
#include <string>
#include <string_view>

namespace clipwork {

/// Parses a whole text into `document`. Numbers are correctly rounded, NaN and Infinity are
/// numbers, a byte order mark is skipped, and brackets may be nested to any depth. If the text is
/// not JSON, the document is null, and the problem is returned, "byte 13: ..." (from 1), with what
/// the text is instead where that can be recognised.
std::optional<std::string> parse_json(std::string_view text, rapidjson::Document& document);

}  // namespace clipwork
