// Compiled with -ffast-math.
#include "../changed_note.h"
CHANGED_NOTE(fast_math, );
