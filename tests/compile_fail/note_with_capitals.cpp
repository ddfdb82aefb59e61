// error: a plugin's name has lower-case letters, digits and '_' only
#include <clipwork/plugin_note.h>

constinit const auto kNote = clipwork::make_plugin_note("NearestMask", "1.0.0", "", "cpu/0");
