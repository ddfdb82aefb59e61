// TOML texts of configs: refused with an InputError, or read; what was read is printed as TOML that
// gives the same tree.

#include <clipwork/error.h>
#include <clipwork/host/config.h>

#include "fuzzed_file.h"

using namespace clipwork;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    const Config config = parse_config(text);
    config.toml(/*origins=*/true);
    fuzz::require(differences(config, parse_config(config.toml())).empty());
  } catch (const InputError&) {
  }
  return 0;
}
