#pragma once

#include <cstddef>
#include <cstdint>

namespace clipwork::fuzz {

/// Changes JSON in place as JSON, so that most inputs get past the parser: values are replaced,
/// left out, doubled, and moved to other names. What is not JSON, and every third input, is changed
/// byte by byte. Returns the new size, at most `most`.
size_t change_json(uint8_t* bytes, size_t size, size_t most, unsigned seed);

}  // namespace clipwork::fuzz
