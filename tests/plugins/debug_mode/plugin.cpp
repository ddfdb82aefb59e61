// Compiled with -D_GLIBCXX_DEBUG.
#include "../changed_note.h"
CHANGED_NOTE(debug_mode, );
