// error: name different versions
#include <clipwork/plugin_note.h>

constinit const auto kNote =
    clipwork::make_plugin_note("nearest_mask", "1.0.0", "", "cpu/0", {"1.1.0", "", "", "", ""});
