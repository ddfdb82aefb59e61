// error: a plugin has a version
#include <clipwork/plugin_note.h>

constinit const auto kNote = clipwork::make_plugin_note("nearest_mask", "", "", "cpu/0");
