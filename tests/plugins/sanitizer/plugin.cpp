#include "../changed_note.h"
CHANGED_NOTE(sanitizer, note.sanitizer = clipwork::PluginNote::kThread);
