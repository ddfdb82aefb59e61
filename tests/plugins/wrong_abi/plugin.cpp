#include "../changed_note.h"
CHANGED_NOTE(wrong_abi, note.abi_number += 1);
