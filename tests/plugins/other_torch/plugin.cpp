#include "../changed_note.h"
CHANGED_NOTE(other_torch, clipwork::put_text(note.torch_version, "2.10.0"));
