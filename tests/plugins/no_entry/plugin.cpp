// Nothing is wrong with its note; what the note promises is not there.
#include "../changed_note.h"
CHANGED_NOTE(no_entry, );
