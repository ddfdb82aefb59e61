#pragma once
#include <span>
#include <string_view>
#include <vector>

namespace clipwork {

using Bytes = std::span<const unsigned char>;

/// The parts of a shared library that the checks need. All views point into the bytes that were
/// read.
struct ElfFile {
  std::vector<std::string_view> needed;     ///< libraries that it asks for (DT_NEEDED)
  std::vector<std::string_view> undefined;  ///< mangled names that others must provide
  std::string_view run_path;                ///< DT_RUNPATH or DT_RPATH
  std::vector<Bytes> notes;  ///< contents of the notes whose owner is "Clipwork", each once
};

/// Reads a 64-bit library for this machine. No offset, size or count of the file is trusted. Throws
/// InputError saying what is wrong: not ELF, for another machine, cut off, or damaged.
ElfFile read_elf(Bytes bytes);

}  // namespace clipwork
