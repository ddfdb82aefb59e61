// Plugins' files: refused with an InputError, or read; what was read lies inside the file.

#include <clipwork/error.h>

#include <algorithm>

#include "elf_file.h"
#include "fuzzed_file.h"
#include "note.h"

using namespace clipwork;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const auto* begin = reinterpret_cast<const char*>(bytes);
  auto is_inside = [&](std::string_view text) {
    return text.empty() || (text.data() >= begin && text.data() + text.size() <= begin + size);
  };
  try {
    const ElfFile file = read_elf({bytes, size});
    require(std::ranges::all_of(file.needed, is_inside));
    require(std::ranges::all_of(file.undefined, is_inside));
    require(is_inside(file.run_path));
    const PluginNote note = read_note(file);
    require(is_plugin_name(note.name));
    differences(note, own_note());
  } catch (const InputError&) {
  }
  return 0;
}
