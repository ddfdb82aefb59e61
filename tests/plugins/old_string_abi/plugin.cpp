#include "../changed_note.h"
CHANGED_NOTE(old_string_abi, note.new_string_abi = 0);
