#pragma once
// A library with the note of a good plugin in which one thing was changed, and no entry function:
// it is to be refused from its bytes.

#include <clipwork/plugin_note.h>

#include "witness.h"

#define CHANGED_NOTE(name, change)                                                          \
  static consteval clipwork::PluginNoteSection name##_section() {                           \
    clipwork::PluginNoteSection section =                                                   \
        clipwork::make_plugin_note(#name, "1.0.0", "", CLIPWORK_TORCH_BUILD);               \
    [[maybe_unused]] clipwork::PluginNote& note = section.note;                             \
    change;                                                                                 \
    return section;                                                                         \
  }                                                                                         \
  CLIPWORK_NOTE_ATTRIBUTES static constinit const clipwork::PluginNoteSection name##_note = \
      name##_section()
