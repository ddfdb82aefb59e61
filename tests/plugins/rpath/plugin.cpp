// Linked with a library search path.
#include "../changed_note.h"
CHANGED_NOTE(rpath, );
