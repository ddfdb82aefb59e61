#pragma once
#include <clipwork/plugin_note.h>

#include <string>
#include <vector>

#include "elf_file.h"

namespace clipwork {

/// The note of a plugin's file. Throws InputError: no note, several, or one that is damaged or of
/// another version.
PluginNote read_note(const ElfFile& file);

/// The build settings of this program.
const PluginNote& own_note();

/// The layout hash as people read it: 16 hexadecimal digits.
std::string layout_text(const PluginNote& note);

/// Why a plugin with this note cannot run in `program`: one line a difference, with both sides and
/// what to do; empty where it can.
std::vector<std::string> differences(const PluginNote& plugin, const PluginNote& program);

}  // namespace clipwork
