#include "../changed_note.h"
CHANGED_NOTE(one, );
CHANGED_NOTE(two, );
