#include "../changed_note.h"
CHANGED_NOTE(other_layout, note.layout_low ^= 1);
